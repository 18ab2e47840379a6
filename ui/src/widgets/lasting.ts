// How long something lasts, in words. No markup.
import { fill } from "../text/fill";
import type { Catalogue } from "../text/en";

/** How long something lasts, in the largest unit that says enough: `12 s`. */
export function lasting(text: Catalogue, us: number): string {
  const ms = Math.max(0, us) / 1_000;
  const seconds = ms / 1_000;
  const say = (unit: keyof Catalogue["line_time"], n: number, digits = 0) => fill(text.line_time[unit], { n: n.toFixed(digits) });
  if (ms < 1_000) return say("ms", ms);
  if (seconds < 10) return say("s", Math.floor(seconds * 10) / 10, 1);
  if (seconds < 100) return say("s", Math.floor(seconds));
  if (seconds < 6_000) return say("min", Math.floor(seconds / 60));
  if (seconds < 172_800) return say("h", Math.floor(seconds / 3_600));
  return say("d", Math.floor(seconds / 86_400));
}
