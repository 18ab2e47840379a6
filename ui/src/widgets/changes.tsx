// Controls that change something. Where the station is read-only they are shown, cannot be used, and say why.
import type { ReactNode } from "react";
import { useStation } from "../api/queries";
import { LockIcon } from "../shell/icons";
import { useText } from "../text/language";

export const useIsReadOnly = (): boolean => useStation().status?.access.is_read_only ?? false;

/** `isTold` is false where controls beside these say why already. */
export function Changes({ isTold = true, children }: { isTold?: boolean; children: ReactNode }) {
  const text = useText();
  const isReadOnly = useIsReadOnly();
  return (
    <fieldset className="changes" disabled={isReadOnly}>
      {isReadOnly && isTold && <p className="read-only-line"><LockIcon />{text.shell.read_only_here}</p>}
      {children}
    </fieldset>
  );
}
