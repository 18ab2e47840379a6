// What is said on every page of how it is served. No markup.
import type { Access } from "../api/types";
import type { Catalogue } from "../text/en";
import { fill } from "../text/fill";

export interface AccessWords {
  kind: "read-only" | "insecure";
  title: string;
  body: string;
}

/** Null where there is nothing to warn of. */
export function accessWords(text: Catalogue, access: Access, page: { hasAccounts: boolean; isEncrypted: boolean }): AccessWords | null {
  if (access.is_read_only) return { kind: "read-only", title: text.shell.read_only_title, body: text.shell.read_only_body };
  if (access.insecure_because === null) return null;
  const reason = access.insecure_because;
  if (!page.hasAccounts) return { kind: "insecure", title: text.shell.insecure_title, body: fill(text.shell.insecure_body, { reason }) };
  return page.isEncrypted ? null : { kind: "insecure", title: text.shell.unencrypted_title, body: fill(text.shell.unencrypted_body, { reason }) };
}
