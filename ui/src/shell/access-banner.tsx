// Says what may be done from where this page is opened, and that the connection is open to others.
import { useStation } from "../api/queries";
import { useAccount } from "../api/session";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { LockIcon, WarningIcon } from "./icons";

export function AccessBanner() {
  const text = useText();
  const hasAccounts = useAccount() !== null;
  const access = useStation().status?.access;
  if (access === undefined) return null;
  if (access.is_read_only) {
    return (
      <div className="banner" data-kind="read-only" role="status">
        <LockIcon />
        <b>{text.shell.read_only_title}</b>
        <span>{text.shell.read_only_body}</span>
      </div>
    );
  }
  if (access.insecure_because === null) return null;
  return (
    <div className="banner" data-kind="insecure" role="status">
      <WarningIcon />
      <b>{hasAccounts ? text.shell.unencrypted_title : text.shell.insecure_title}</b>
      <span>{fill(hasAccounts ? text.shell.unencrypted_body : text.shell.insecure_body, { reason: access.insecure_because })}</span>
    </div>
  );
}
