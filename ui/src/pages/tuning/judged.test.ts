import { expect, test } from "vitest";
import { en } from "../../text/en";
import type { Estimate, ThresholdEvidence, ThresholdOutcome } from "../../api/types";
import { leastCost, needWords, number, path, percent, rows, warning } from "./judged-data";

const estimate = (value: number | null, low: number, high: number): Estimate => ({ value, low, high });
const outcome = (accept_below: number, rejects: number, escapes: Estimate): ThresholdOutcome => ({
  accept_below, rejects, escapes, caught: estimate(9, 5, 12), false_rejects: estimate(2.5, 0.7, 8.2), right: estimate(0.78, 0.5, 0.93), cost: null,
});
const evidence = (asked: ThresholdOutcome, in_use: ThresholdOutcome): ThresholdEvidence => ({
  examined: 500, since_us: null, strata: [], unclear: 0, asked, in_use, curve: [], defective: [], good: [], needs: [],
});

test("a range is never told tighter than it is, and nothing is told where nothing is known", () => {
  const [rejects, escapes, falseRejects, right, cost] = rows(en).map((row) => row.of(outcome(0.5, 11, estimate(null, 0, 41.2))));
  expect(rejects).toEqual({ value: "11", range: "" });
  expect(escapes).toEqual({ value: "not known", range: "at most 42" });
  expect(falseRejects).toEqual({ value: "about 2.5", range: "at most 9" });
  expect(right).toEqual({ value: "about 78 %", range: "50 % to 93 %" });
  expect(cost).toEqual(null);
  const share = (low: number, high: number) => rows(en)[3]?.of({ ...outcome(0.5, 11, estimate(null, 0, 1)), right: estimate(0.9, low, high) })?.range;
  expect([share(0.996, 0.996 + 1e-6), share(0.0304, 0.0104)]).toEqual(["99 % to 100 %", "3 % to 1.1 %"]);
  expect([number(9.96), number(12.4), number(3)]).toEqual(["10.0", "12", "3"]);
  expect([percent(0.01), percent(0.0034), percent(0), percent(0.27)]).toEqual(["1", "0.34", "0", "27"]);
});

test("what loosens inspection, or rejects nothing, speaks loudly", () => {
  const now = outcome(0.5, 11, estimate(2, 1, 6));
  expect(warning(en, evidence(outcome(0.4, 20, estimate(1, 0, 4)), now))).toEqual(null);
  expect(warning(en, evidence(outcome(0.6, 8, estimate(5, 2, 12)), now)) ?? "").toMatch(/About 3 more defects would have escaped, 11 at most/);
  expect(warning(en, evidence(outcome(0.6, 8, estimate(null, 0, 90)), now)) ?? "").toMatch(/nobody knows/);
  expect(warning(en, evidence(outcome(0.9, 0, estimate(5, 2, 12)), now)) ?? "").toMatch(/none of the newest 500/);
});

test("what is missing is a number of parts to look at", () => {
  const need = (claim: string, is_shown: boolean, more: number | null) => needWords(en, { claim, wanted: 0.01, shown: 0.023, is_shown, more });
  expect(need("escapes", false, 186).missing).toEqual("for 1 %, review 186 more passed parts that were drawn");
  expect(need("escapes", false, null).missing).toEqual("there are too few passed parts yet to show 1 %");
  expect(need("false_rejects", true, 3).missing).toEqual("enough");
  expect(need("escapes", true, 0).claim).toMatch(/2\.3 %/);
});

test("the curve is broken where nothing is known, and the least cost is the middle of what costs least", () => {
  const point = (accept_below: number, escapes: number | null, cost: number | null) => ({ accept_below, escapes, false_rejects: 1, cost });
  const told = { ...evidence(outcome(0.5, 1, estimate(1, 0, 2)), outcome(0.5, 1, estimate(1, 0, 2))), curve: [point(0, 4, 9), point(0.1, null, 2), point(0.2, 2, 2), point(0.3, 0, 2), point(0.4, 0, 5)] };
  expect(path(told, "escapes", 4)).toEqual("M0.000 0.0000M0.200 0.5000L0.300 1.0000L0.400 1.0000");
  expect(leastCost(told)).toEqual({ value: 0.2, cost: 2 });
  expect(leastCost({ ...told, curve: [] })).toEqual(null);
});
