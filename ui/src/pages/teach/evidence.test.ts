import { describe, expect, test } from "vitest";
import type { Counted, CurvePoint, Evidence, TaughtModel } from "../../api/types";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { band, between, countedWords, outcomes, line, nearest, percent, rows, weakness } from "./evidence-data";

const counted = (count: number, of: number, low = 0, high = 1): Counted => ({ count, of, low, high });
const point = (threshold: number, good: Counted, expected: number, defects = counted(0, 0)): CurvePoint => ({ threshold, good, expected, defects });
const CURVE = [point(0.3, counted(5, 10, 0.2, 0.8), 0.4), point(0.4, counted(1, 10, 0, 0.45), 0.1), point(0.5, counted(0, 10, 0, 0.31), 0.02), point(0.6, counted(0, 10, 0, 0.31), 0.004), point(0.7, counted(0, 10, 0, 0.31), 0.001)];

function evidence(scores: number[]): Evidence {
  return {
    accept_below: 0.41, doubtful: 0.1, above_accept: counted(1, 10), expected: 0.02, expected_low: 0.002, expected_high: 0.07, curve: CURVE, drawn: counted(110, 120), defects_needed: 29,
    defects: scores.map((score, index) => ({ n: 20 + index, score })), caught: counted(scores.filter((score) => score >= 0.5).length, scores.length), remedy: { images_more: 29, share: 0.05 },
  };
}

const model = (scores: number[]): Pick<TaughtModel, "evidence" | "held_out" | "odd"> => ({
  evidence: evidence(scores), odd: [3], held_out: [0.2, 0.45, 0.47, 0.6].map((score, index) => ({ n: index + 1, score })),
});

describe("a curve", () => {
  test("is drawn from the top of a unit square", () => {
    expect(line(CURVE.slice(0, 2), (each) => each.expected)).toBe("M0.3 0.6 L0.4 0.9");
    expect(band(CURVE.slice(0, 2), (each) => each.good)).toBe(`M0.3 ${1 - 0.8} L0.4 ${1 - 0.45} L0.4 1 L0.3 0.8 Z`);
  });
  test("has a nearest point, and none where it is empty", () => {
    expect(nearest(CURVE, 0.41)?.threshold).toBe(0.4);
    expect(nearest([], 0.5)).toBeUndefined();
  });
  test("stands in a table around both lines, from the strictest to the laxest, each threshold once", () => {
    expect(rows(evidence([]), 0.5).map(({ kind, point: { threshold } }) => [kind, threshold])).toEqual([["other", 0.7], ["other", 0.6], ["proposed", 0.5], ["second", 0.4], ["other", 0.3]]);
    expect(rows({ ...evidence([]), accept_below: 0.5 }, 0.5).filter(({ point: { threshold } }) => threshold === 0.5)).toHaveLength(1);
  });
});

test("shares are told with their interval, small ones with a digit more", () => {
  expect([0, 0.004, 0.05, 0.116, 1].map(percent)).toEqual(["0", "0.4", "5.0", "12", "100"]);
  expect(countedWords(en, counted(2, 32, 0.0077, 0.208))).toBe("2 of 32 (0.8 to 21 %)");
  expect(countedWords(zh, counted(2, 32, 0.0077, 0.208))).toBe("2 / 32（0.8～21 %）");
});

describe("reviewed defects", () => {
  test("are missed, doubtful or caught, the lowest score first", () => {
    expect(outcomes(evidence([0.7, 0.5, 0.45, 0.2]), 0.5, 0.41).map(({ n, outcome }) => [n, outcome])).toEqual([[23, "missed"], [22, "doubtful"], [21, "caught"], [20, "caught"]]);
  });
  test("make a model weak that misses more than half of them, until the threshold is lowered", () => {
    expect(weakness(model([0.7, 0.45, 0.2]), 0.5)).toEqual({ missed: 2, of: 3 });
    expect(weakness(model([0.7, 0.45, 0.2]), 0.4)).toBeNull();
    expect(weakness(model([0.7, 0.2]), 0.5)).toBeNull();
    expect(weakness(model([]), 0.5)).toBeNull();
    expect(weakness({ evidence: null }, 0.5)).toBeNull();
  });
});

test("what lies between two thresholds counts images that were learnt from, and defects", () => {
  expect(between(model([0.45, 0.7]), 0.5, 0.41)).toEqual({ count: 1, of: 3, defects: 1 });
  expect(between(model([0.45, 0.7]), 0.5, 0.5)).toEqual({ count: 0, of: 3, defects: 0 });
});
