// Controls that change something. Where the station is read-only, or the role does not allow it, they are shown, cannot be used, and
// say why.
import type { ReactNode } from "react";
import { useStation } from "../api/queries";
import { may, type Right, useAccount } from "../api/session";
import { LockIcon } from "../shell/icons";
import { fill } from "../text/fill";
import { useText } from "../text/language";

/** Why whoever looks can change nothing here, in his language; null where he can. */
export function useWhyNot(right: Right): string | null {
  const text = useText();
  const account = useAccount();
  const isReadOnly = useStation().status?.access.is_read_only ?? false;
  if (isReadOnly) return text.shell.read_only_here;
  return account === null || may(account, right) ? null : fill(text.account_needs[right], { role: text.role[account.role] });
}

export const useIsReadOnly = (right: Right): boolean => useWhyNot(right) !== null;

export function WhyNot({ right }: { right: Right }) {
  const why = useWhyNot(right);
  return why !== null && <p className="read-only-line"><LockIcon />{why}</p>;
}

/** `isTold` is false where controls beside these say why already. */
export function Changes({ right, isTold = true, children }: { right: Right; isTold?: boolean; children: ReactNode }) {
  const isReadOnly = useIsReadOnly(right);
  return (
    <fieldset className="changes" disabled={isReadOnly}>
      {isTold && <WhyNot right={right} />}
      {children}
    </fieldset>
  );
}
