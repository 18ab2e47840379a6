// Says that what the page shows is old: the station does not answer, or only when asked.
import { useStation } from "../api/queries";
import { timeOfDay } from "../format";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { WarningIcon } from "./icons";

export function LinkBanner() {
  const text = useText();
  const { link, heardAt } = useStation();
  if (link === "gone") {
    const heard = heardAt === null ? text.shell.gone_never : fill(text.shell.gone_body, { time: timeOfDay(heardAt * 1_000) });
    return (
      <div className="banner" data-kind="gone" role="alert">
        <WarningIcon />
        <b>{text.shell.gone_title}</b>
        <span>{heard}</span>
      </div>
    );
  }
  if (link === "polling") {
    return <div className="banner" data-kind="polling" role="status">{text.shell.polling}</div>;
  }
  return null;
}
