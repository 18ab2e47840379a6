// What is said of a log-in that failed, and which names logged in at this browser before. No markup.
import type { ApiError } from "../api/client";
import type { Catalogue } from "../text/en";
import { fill } from "../text/fill";

export interface LogInTrouble {
  title: string;
  /** What to do. */
  todo: string;
  /** The command by which somebody else does it. */
  command: string | null;
  /** In the station's own words, where they say more. */
  own: string | null;
}

/** `waitS` is how long the next try still has to wait. */
export function logInTrouble(text: Catalogue, error: ApiError, waitS: number): LogInTrouble {
  if (error.waitS !== null) return { title: text.log_in.too_many, todo: waitS > 0 ? fill(text.log_in.too_many_todo, { seconds: waitS }) : text.log_in.too_many_over, command: null, own: null };
  switch (error.kind) {
    case "not_logged_in":
      return { title: text.log_in.wrong, todo: text.log_in.wrong_todo, command: "inspector account password", own: null };
    case "read_only":
      return { title: text.log_in.read_only, todo: text.log_in.read_only_todo, command: null, own: error.message };
    case "offline":
      return { title: text.error.offline, todo: text.log_in.offline_todo, command: null, own: null };
    default:
      return { title: text.error[error.kind], todo: text.log_in.failed_todo, command: null, own: error.message };
  }
}

/** Whole seconds until then, never too few. */
export const secondsUntil = (until: number, now: number): number => Math.max(0, Math.ceil((until - now) / 1_000));

const NAMES_MAX = 6;

/** The newest first, each once. */
export const namesAfter = (names: readonly string[], name: string): string[] => [name, ...names.filter((each) => each !== name)].slice(0, NAMES_MAX);

/** What the browser kept, where it is what this page wrote. */
export function namesFrom(kept: string | null): string[] {
  try {
    const found: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string" && each !== "").slice(0, NAMES_MAX) : [];
  } catch {
    return [];
  }
}
