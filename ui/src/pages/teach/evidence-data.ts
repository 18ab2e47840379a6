// What is known of a taught model's thresholds, worked out for the page. No markup.
import type { Counted, CurvePoint, Evidence, TaughtModel } from "../../api/types";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";

/** A share as people read it: with a digit after the point where it is small. */
export const percent = (share: number): string => (100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0);

export function countedWords(text: Catalogue, counted: Counted): string {
  return fill(text.evidence.counted, { count: counted.count, of: counted.of, low: percent(counted.low), high: percent(counted.high) });
}

/** A line through the curve, in a unit square: x the threshold, y from the top. */
export function line(curve: readonly CurvePoint[], share: (point: CurvePoint) => number): string {
  return curve.map((point, index) => `${index === 0 ? "M" : "L"}${point.threshold} ${1 - share(point)}`).join(" ");
}

/** What lies between two lines. */
export function band(curve: readonly CurvePoint[], pick: (point: CurvePoint) => Counted): string {
  const back = [...curve].reverse();
  const there = curve.map((point, index) => `${index === 0 ? "M" : "L"}${point.threshold} ${1 - pick(point).high}`);
  return [...there, ...back.map((point) => `L${point.threshold} ${1 - pick(point).low}`), "Z"].join(" ");
}

export const shareOf = (counted: Counted): number => (counted.of === 0 ? 0 : counted.count / counted.of);

/** The point of the curve that is nearest to a threshold. */
export function nearest(curve: readonly CurvePoint[], threshold: number): CurvePoint | undefined {
  return curve.reduce<CurvePoint | undefined>(
    (best, point) => (best === undefined || Math.abs(point.threshold - threshold) < Math.abs(best.threshold - threshold) ? point : best),
    undefined,
  );
}

export interface Row {
  kind: "second" | "proposed" | "other";
  point: CurvePoint;
}

/** Thresholds that stand in the table: the second line, the proposed one, and two on either side. */
export function rows(evidence: Evidence, proposed: number): Row[] {
  const wanted: [Row["kind"], number][] = [["other", 0.7], ["other", 0.6], ["proposed", proposed], ["second", evidence.accept_below], ["other", 0.3]];
  const found = wanted.flatMap(([kind, threshold]) => {
    const point = nearest(evidence.curve, threshold);
    return point === undefined ? [] : [{ kind, point }];
  });
  const isFirst = (row: Row, index: number) => found.findIndex((each) => each.point === row.point) === index;
  return found.filter(isFirst).sort((a, b) => b.point.threshold - a.point.threshold);
}

export type Outcome = "missed" | "doubtful" | "caught";

/** What thresholds do to each reviewed defect, the lowest score first. */
export function outcomes(evidence: Evidence, reject_above: number, accept_below: number): { n: number; score: number; outcome: Outcome }[] {
  const outcome = (score: number): Outcome => (score >= reject_above ? "caught" : score >= accept_below ? "doubtful" : "missed");
  return [...evidence.defects].sort((a, b) => a.score - b.score).map((each) => ({ ...each, outcome: outcome(each.score) }));
}

/** How many of the known defects are not caught, where that is more than half of them; else null. */
export function weakness(taught: Pick<TaughtModel, "evidence">, reject_above: number): { missed: number; of: number } | null {
  const defects = taught.evidence?.defects ?? [];
  const missed = defects.filter((each) => each.score < reject_above).length;
  return 2 * missed > defects.length ? { missed, of: defects.length } : null;
}

/** Held-out images of good parts, and reviewed defects, that lie between the two thresholds. */
export function between(taught: Pick<TaughtModel, "evidence" | "held_out" | "odd">, reject_above: number, accept_below: number) {
  const isBetween = (each: { score: number }) => each.score >= accept_below && each.score < reject_above;
  const learnt = taught.held_out.filter((each) => !taught.odd.includes(each.n));
  return { count: learnt.filter(isBetween).length, of: learnt.length, defects: (taught.evidence?.defects ?? []).filter(isBetween).length };
}
