// Says which challenge parts are still to be brought, on every page: whoever is at the station brings them.
import { useStation } from "../api/queries";
import { challengeWords } from "./challenge-data";
import { useText } from "../text/language";
import { WarningIcon } from "./icons";

export function ChallengeBanner() {
  const text = useText();
  const challenge = useStation().status?.challenge ?? null;
  if (challenge === null) return null;
  const { title, missing, since } = challengeWords(text, challenge);
  return (
    <div className="banner" data-kind={challenge.is_overdue ? "overdue" : "due"} role="status">
      <WarningIcon />
      <b>{title}</b>
      <span><span className="banner-main">{missing}</span> {since}</span>
    </div>
  );
}
