import { describe, expect, test } from "vitest";
import type { GroupPoint, Quality } from "../../api/types";
import { en } from "../../text/en";
import { claimWords, distanceWords, goodShape, type Looked, lookedFromUrl, lookedToQuery, lookedToUrl, paretoRows, rejectShape, shareWords, suspectAddresses } from "./quality-data";

const group = (change: Partial<GroupPoint>): GroupPoint => ({ from_us: 0, to_us: 1, shift: null, parts: 100, rejected: 10, low: 0.01, high: 0.19, is_outside: false, good: null, ...change });

function aQuality(points: GroupPoint[], change: Partial<Quality> = {}): Quality {
  const none = { parts: 0, rejected: 0, low: 0, high: 1 };
  return {
    from_us: 0, to_us: 9, zone: null, has_shifts: false, is_cut: false, total: none, causes: [], defects: [], styles: [], shifts: [],
    chart: { kind: "p", centre: 0.1, sigma_z: null, points, is_shortened: false }, good: { weight: 0.2, width: 2.86, baseline_groups: 8, centre: 0.2, missing: null },
    change: null, change_missing: null, escapes: { passed: 0, audited: 0, defects: 0, at_most: null, missing: "no_audit", claims: [], plans: [] }, ...change,
  };
}

describe("what is looked at", () => {
  test("survives the way into the URL and back", () => {
    const all: Looked = { period: "month", style: "型号 A&B", by: "shift", chart: "laney" };
    expect(lookedFromUrl(new URLSearchParams(lookedToUrl(all).split("?")[1]))).toEqual(all);
    expect(lookedToQuery(all)).toEqual({ last_h: 720, style: "型号 A&B", by: "shift", chart: "laney" });
  });
  test("is plain unless told, and nonsense is ignored", () => {
    const plain = lookedFromUrl(new URLSearchParams("period=eon&by=moon&chart=pie"));
    expect(plain).toEqual({ period: "day", style: "", by: "hour", chart: null });
    expect(lookedToUrl(plain)).toBe("/quality");
  });
});

describe("shares", () => {
  test("keep what a small bound says", () => {
    expect([0, 0.000_299, 0.004, 0.05, 0.173, 1].map(shareWords)).toEqual(["0", "0.030", "0.40", "5.00", "17.3", "100"]);
    expect([0.05, 0.005, 0.000_1].map(claimWords)).toEqual(["5", "0.5", "0.01"]);
  });
  test("of a Pareto add up from the largest", () => {
    const rows = paretoRows(en, [{ name: "defect", rejected: 30 }, { name: "deadline", rejected: 10 }], 40, (name) => name);
    expect(rows.map((row) => row.width)).toEqual([1, 1 / 3]);
    expect(rows[1]?.cumulative).toBe("with those above: 100 %");
  });
});

describe("a control chart", () => {
  test("has its points between the axes and marks what lies outside", () => {
    const shape = rejectShape(en, aQuality([group({}), group({ parts: 0, rejected: 0, low: null, high: null }), group({ rejected: 40, is_outside: true })]));
    expect(shape.points).toHaveLength(2);
    expect(shape.points.map((point) => point.isOutside)).toEqual([false, true]);
    for (const point of shape.points) {
      expect(point.x).toBeGreaterThan(0);
      expect(point.x).toBeLessThan(1);
      expect(point.y).toBeLessThan(1);
    }
    expect(shape.centre).toBeCloseTo(0.1 / (0.4 * 1.08));
    expect(shape.points[1]?.words).toContain("40 of 100 rejected");
  });
  test("of nothing is empty and has no number that is none", () => {
    const shape = rejectShape(en, aQuality([]));
    expect(JSON.stringify([shape, goodShape(en, aQuality([group({})]))])).not.toMatch(/NaN|Infinity/);
    expect(shape.line).toBe("");
    expect(shape.yTicks).toEqual([]);
  });
});

test("parts since a change are asked for from the earliest suspect on", () => {
  const part = (triggered_at_us: number) => ({ id: 1, part_id: "A", triggered_at_us, version: 1 });
  const none = { parts: 0, rejected: 0, low: 0, high: 1 };
  const quality = aQuality([], { change: { first: part(7e6), earliest: part(5e6), version_before: 1, before: none, after: none, chance: 0.001, suspects: 3, happened: [] } });
  const addresses = suspectAddresses(quality, "cap");
  expect(addresses?.csv).toBe("/api/results/export?format=csv&from_us=5000000&to_us=9&style=cap");
  expect(addresses?.list).toMatch(/^\/rejects\?period=custom&from=1970-01-01T.*05&style=cap$/);
  expect(suspectAddresses(aQuality([]), "")).toBeNull();
});

test("distances are told in the unit that says them", () => {
  expect([-30e6, 120e6, 9_000e6].map(distanceWords)).toEqual(["30 s", "2 min", "2.5 h"]);
});
