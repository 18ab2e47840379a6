// Says what may be done from where this page is opened, and that the connection is open to others.
import { useStation } from "../api/queries";
import { useAccount } from "../api/session";
import { useText } from "../text/language";
import { accessWords } from "./access-data";
import { LockIcon, WarningIcon } from "./icons";

export function AccessBanner() {
  const text = useText();
  const hasAccounts = useAccount() !== null;
  const access = useStation().status?.access;
  const words = access === undefined ? null : accessWords(text, access, { hasAccounts, isEncrypted: location.protocol === "https:" });
  if (words === null) return null;
  return (
    <div className="banner" data-kind={words.kind} role="status">
      {words.kind === "read-only" ? <LockIcon /> : <WarningIcon />}
      <b>{words.title}</b>
      <span>{words.body}</span>
    </div>
  );
}
