// Which images of a lesson could not be put in their place, and why, read from what the station said of them. No markup.
// Its sentences stand in `calibration/align/refusal.rs` and `inspector/control/teaching/study.rs`, to which a test holds this.
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";

type Why = Exclude<keyof Catalogue["not_aligned"], "other">;

export interface NotAligned {
  /** Number of the image. */
  n: number;
  why: Why | "other";
  /** What the sentence of that reason has to say, by the names of its placeholders. */
  values: Record<string, string>;
}

export const OF_IMAGE = "the part was not aligned: ";
/** What each reason's sentence begins with, or has in it; groups are its values. */
export const REASONS: Record<Why, { said: RegExp; names: readonly string[] }> = {
  blank: { said: /^nothing is to be seen where the part is looked for/, names: [] },
  unlike: { said: /^nothing looks like the reference: expected a likeness of at least ([\d.]+), found ([\d.]+)/, names: ["expected", "found"] },
  ambiguous: { said: /^two places (\d+) pixels apart look like the reference/, names: ["apart"] },
  beyond: { said: /^the part moved too far: expected (\w+) = ([\d.]+) at most, found (-?[\d.]+)/, names: ["limit", "expected", "found"] },
  cut: { said: /^the region that is looked at left the picture with the part: (\d+) pixels/, names: ["outside"] },
  outside: { said: /^(\d+) % of the feature lies within the picture, expected at least (\d+) %/, names: ["found", "expected"] },
};

function reasonOf(said: string): Pick<NotAligned, "why" | "values"> {
  for (const why of Object.keys(REASONS) as Why[]) {
    const { said: pattern, names } = REASONS[why];
    const found = pattern.exec(said);
    if (found !== null) return { why, values: Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? ""])) };
  }
  return { why: "other", values: {} };
}

/** Every image that the message names so; none where it is about something else. */
export function notAligned(message: string): NotAligned[] {
  const parts = message.split(/(?:^|\s)image (\d+): /);
  const found: NotAligned[] = [];
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const said = parts[at + 1] ?? "";
    if (said.startsWith(OF_IMAGE)) found.push({ n: Number(parts[at]), ...reasonOf(said.slice(OF_IMAGE.length)) });
  }
  return found;
}

export const notAlignedWords = (text: Catalogue, found: NotAligned): string => fill(text.not_aligned[found.why], found.values);
