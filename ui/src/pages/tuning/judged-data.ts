// What reviewed parts say of a threshold, in words and lines. No markup.
import type { Estimate, Need, ThresholdEvidence, ThresholdOutcome } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import type { Catalogue } from "../../text/en";

/** Whole numbers from ten on, tenths below: more would look surer than it is. */
export function number(value: number): string {
  return value >= 10 || Number.isInteger(value) ? format.whole(Math.round(value)) : value.toFixed(1);
}

/** How a kind of number is said: its likeliest value, and the ends of its range. */
export interface Say {
  value: (value: number) => string;
  low: (value: number) => string;
  high: (value: number) => string;
}

const alike = (say: (value: number) => string): Say => ({ value: say, low: say, high: say });
/** Parts are whole; a bound is not made tighter than it is. */
const PARTS: Say = { value: number, low: (value) => format.whole(Math.floor(value)), high: (value) => format.whole(Math.ceil(value)) };

/** Towards what is worse, to the digits that are shown: a bound is never told tighter than it is. */
const step = (share: number): number => (share >= 0.1 ? 0.01 : 10 ** (Math.floor(Math.log10(Math.max(share, 1e-9))) - 1));
const ceil = (share: number): number => Math.min(1, Math.ceil(share / step(share) - 1e-9) * step(share));
const floor = (share: number): number => Math.floor(share / step(share) + 1e-9) * step(share);

export const percent = (share: number): string => {
  const value = share * 100;
  return value >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
};

/** The likeliest value and its range, or what little is known. */
export function words(text: Catalogue, estimate: Estimate, say: Say): { value: string; range: string } {
  const [low, high] = [say.low(estimate.low), say.high(estimate.high)];
  if (estimate.value === null) {
    return { value: text.judged.unknown, range: fill(text.judged.at_most, { high }) };
  }
  if (estimate.low === estimate.high) return { value: say.value(estimate.value), range: "" };
  const range = low === say.low(0) ? fill(text.judged.at_most, { high }) : fill(text.judged.range, { low, high });
  return { value: fill(text.judged.about, { value: say.value(estimate.value) }), range };
}

export interface Row {
  name: string;
  of: (outcome: ThresholdOutcome) => { value: string; range: string } | null;
}

export function rows(text: Catalogue): Row[] {
  const said = (value: number) => `${percent(value)} %`;
  const share: Say = { value: said, low: (value) => said(floor(value)), high: (value) => said(ceil(value)) };
  return [
    { name: text.judged.rejects, of: (outcome) => ({ value: format.whole(outcome.rejects), range: "" }) },
    { name: text.judged.escapes, of: (outcome) => words(text, outcome.escapes, PARTS) },
    { name: text.judged.false_rejects, of: (outcome) => words(text, outcome.false_rejects, PARTS) },
    { name: text.judged.right, of: (outcome) => words(text, outcome.right, share) },
    { name: text.judged.cost, of: (outcome) => (outcome.cost === null ? null : words(text, outcome.cost, alike(number))) },
  ];
}

/** What speaks loudly against applying it; null where nothing does. */
export function warning(text: Catalogue, evidence: ThresholdEvidence): string | null {
  const { asked, in_use, examined } = evidence;
  if (examined > 0 && asked.rejects === 0 && asked.accept_below !== in_use.accept_below) {
    return fill(text.judged.rejects_nothing, { count: format.whole(examined) });
  }
  if (asked.accept_below <= in_use.accept_below) return null;
  if (asked.escapes.value === null || in_use.escapes.value === null) return text.judged.looser_unknown;
  const more = number(Math.max(0, asked.escapes.value - in_use.escapes.value));
  const high = number(Math.max(0, asked.escapes.high - in_use.escapes.low));
  return fill(text.judged.looser, { more, high });
}

export interface Told {
  claim: string;
  missing: string;
  isShown: boolean;
}

export function needWords(text: Catalogue, need: Need): Told {
  const [shown, wanted] = [percent(ceil(need.shown)), percent(need.wanted)];
  const more = need.more === null ? null : format.whole(need.more);
  const told = (claim: string, missing: string): Told => ({ claim, missing: need.is_shown ? text.judged.is_enough : missing, isShown: need.is_shown });
  switch (need.claim) {
    case "escapes":
      return told(fill(text.judged.need_escapes, { shown }), fill(more === null ? text.judged.too_few : text.judged.more_passes, { more: more ?? "", wanted }));
    case "false_rejects":
      return told(fill(text.judged.need_false_rejects, { shown }), fill(more === null ? text.judged.lower : text.judged.more_rejects, { more: more ?? "", wanted }));
    default:
      return told(fill(text.judged.need_defects, { shown: format.whole(need.shown) }), fill(text.judged.more_defects, { more: more ?? "" }));
  }
}

/** A path over thresholds in a unit square, broken where nothing is known. */
export function path(evidence: ThresholdEvidence, of: "escapes" | "false_rejects", most: number): string {
  let isBroken = true;
  return evidence.curve
    .flatMap((point) => {
      const value = point[of];
      if (value === null || most === 0) {
        isBroken = true;
        return [];
      }
      const command = isBroken ? "M" : "L";
      isBroken = false;
      return [`${command}${point.accept_below.toFixed(3)} ${(1 - value / most).toFixed(4)}`];
    })
    .join("");
}

/** The largest number that the curve shows. */
export function mostOf(evidence: ThresholdEvidence): number {
  return Math.max(0, ...evidence.curve.flatMap((point) => [point.escapes ?? 0, point.false_rejects ?? 0]));
}

/** Where wrong verdicts cost least. Of thresholds that cost the same, the middle one. */
export function leastCost(evidence: ThresholdEvidence): { value: number; cost: number } | null {
  const priced = evidence.curve.flatMap((point) => (point.cost === null ? [] : [{ value: point.accept_below, cost: point.cost }]));
  const least = Math.min(...priced.map((point) => point.cost));
  const best = priced.filter((point) => point.cost - least < 1e-9);
  return best[Math.floor(best.length / 2)] ?? null;
}

export const reviewedOf = (evidence: ThresholdEvidence): number => evidence.strata.reduce((sum, stratum) => sum + stratum.reviewed, 0);
