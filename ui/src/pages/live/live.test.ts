import { describe, expect, test } from "vitest";
import type { Alarm, Finding, StationStatus } from "../../api/types";
import { aDetail, aPart, aView } from "../../testing/made-up";
import { en } from "../../text/en";
import { coveringFault, faultKey, faults, oldFor } from "./fault-data";
import { around, decidingView, lastReject, othersWaiting, whereWords } from "./held-data";
import { shiftBefore, shiftsOf, shiftTitle } from "./shift-data";
import { slotsOf, stillSlots } from "./slots";

const aFinding = (change: Partial<Finding> = {}): Finding => ({ class: "scratch", score: 0.8, region: [0, 0, 128, 96], area_px: 9, area_mm2: null, box_mm: null, ...change });
const frame = { width: 1280, height: 960, block_id: 1, device_timestamp_ns: 0, pixel_format: "Mono8" };

describe("the reject that is held", () => {
  const reject = (id: number) => aPart({ id, verdict: "fail", disposition: "reject" });
  test("is the newest one, until somebody has answered it", () => {
    expect(lastReject([reject(9), reject(7)])).toBe(9);
    expect(lastReject([{ ...reject(9), review: "good" }, reject(7)])).toBeNull();
    expect(lastReject([aPart()])).toBeNull();
  });
  test("has a picture, and is no challenge part", () => {
    const unseen = { ...reject(9), views: [{ name: "top", has_image: false }] };
    const brought = { ...reject(8), challenge: { name: "c" } } as unknown as ReturnType<typeof reject>;
    expect(lastReject([unseen, brought, reject(7)])).toBe(7);
  });
  test("is shown by the view that decided it, at its worst finding", () => {
    const found = decidingView(aDetail({ view_results: [aView(), aView({ view: 1, verdict: "fail", findings: [aFinding({ score: 0.6 }), aFinding({ score: 0.9 })] })] }));
    expect([found?.view.view, found?.finding?.score]).toEqual([1, 0.9]);
    expect(decidingView(aDetail({ view_results: [] }))).toBeNull();
  });
  test("does not count itself among those that wait", () => {
    expect(othersWaiting({ reject: 3, not_decided: 2 }, true)).toBe(4);
    expect(othersWaiting({ reject: 0, not_decided: 0 }, true)).toBe(0);
    expect(othersWaiting(null, false)).toBe(0);
  });
});

describe("the enlarged piece", () => {
  test("lies around the defect, inside the picture, in its proportions and pixels", () => {
    expect(around(aFinding({ region: [600, 440, 80, 80] }), frame, { width: 640, height: 480 })).toEqual({ x: 240, y: 180, width: 160, height: 120 });
    expect(around(aFinding({ region: [0, 0, 10, 10] }), frame, frame)).toEqual({ x: 0, y: 0, width: 160, height: 120 });
    expect(around(aFinding({ region: [1270, 950, 10, 10] }), frame, frame)).toEqual({ x: 1120, y: 840, width: 160, height: 120 });
  });
  test("of a defect as large as the frame is the frame", () => {
    expect(around(aFinding({ region: [0, 0, 1280, 960] }), frame, frame)).toEqual({ x: 0, y: 0, width: 1280, height: 960 });
  });
});

test("where a defect is, is said in words, and in mm where they are known", () => {
  expect(whereWords(en, aFinding(), frame)).toBe("Top left: 128 × 96 px");
  expect(whereWords(en, aFinding({ region: [600, 900, 20, 20], box_mm: [25.1, 37.52, 0.8, 0.8] }), frame)).toBe("Bottom: x 25.1 mm, y 37.5 mm, 0.8 × 0.8 mm");
});

describe("the strip", () => {
  const parts = (from: number, count: number) => Array.from({ length: count }, (_, n) => aPart({ id: from - n, part_no: from - n }));
  test("moves no part: a new one takes the place of the oldest", () => {
    const [before, after] = [slotsOf(parts(12, 12), 4), slotsOf(parts(13, 12), 4)];
    expect(before.map((part) => part?.part_no)).toEqual([12, 9, 10, 11]);
    expect(after.map((part) => part?.part_no)).toEqual([12, 13, 10, 11]);
  });
  test("stands still under a finger, and learns meanwhile that a row is in the log", () => {
    const frozen = slotsOf([aPart({ id: null, part_no: 4 })], 4);
    expect(stillSlots(frozen, [aPart({ id: 8, part_no: 8 }), aPart({ id: 4, part_no: 4 })])[0]?.id).toBe(4);
  });
});

describe("a fault", () => {
  const alarm = (change: Partial<Alarm>): Alarm => ({ code: "camera_gone", subject: "cam0", severity: "error", message: "", meaning: { en: "", zh: "" }, remedy: { en: "", zh: "" }, began_us: 1, last_seen_us: 1, ended_us: null, count: 1, acknowledged: null, ...change });
  const seen = alarm({ began_us: 9, acknowledged: { by: "Li", at_us: 9 } });
  test("covers the screen until somebody has seen it; a warning and one that ended do not", () => {
    const open = alarm({ began_us: 2 });
    const all = faults({ alarms: [seen, alarm({ severity: "warning" }), alarm({ ended_us: 3 }), open] });
    expect(all).toEqual([open, seen]);
    expect(coveringFault(all, new Set())).toBe(open);
    expect(coveringFault([seen], new Set())).toBeNull();
    expect(coveringFault(all, new Set([faultKey(open)]))).toBeNull();
  });
  test("that comes again covers it again", () => {
    const again = alarm({ began_us: 5 });
    expect(coveringFault([again], new Set([faultKey(alarm({ began_us: 2 }))]))).toBe(again);
  });
  test("of a camera makes its pictures old, and no other's", () => {
    const status = { cameras: [{ name: "cam0", is_connected: false }, { name: "cam1", is_connected: true }], state: "continuous_execution", server_time_us: 7_000_000 } as unknown as StationStatus;
    const link = { link: "open" as const, heardAt: 0 };
    expect(oldFor(link, status, "cam0", 2_000_000, 0)).toBe(5_000_000);
    expect(oldFor(link, status, "cam1", 2_000_000, 0)).toBeNull();
    expect(oldFor({ link: "gone", heardAt: 1_000 }, status, "cam1", 2_000_000, 4_000)).toBe(8_000_000);
  });
});

describe("the shift", () => {
  const point = (shift: string | null, parts: number, from_us: number) => ({ from_us, to_us: from_us + 1, shift, parts, rejected: 1, low: null, high: null, is_outside: false, good: null });
  const quality = (...points: ReturnType<typeof point>[]) => ({ has_shifts: true, chart: { kind: "p" as const, centre: null, sigma_z: null, points, is_shortened: false } });
  test("is the newest in which parts came, with the one before", () => {
    const { now, before } = shiftsOf(quality(point("night", 50, 1), point("early", 0, 2), point("late", 8, 3), point("night", 0, 4)));
    expect([now?.shift, before?.shift]).toEqual(["late", "night"]);
    expect(before === null ? "" : shiftBefore(en, before)).toBe("Shift before (night): 50 parts, 1 rejected, yield 98.0 %");
  });
  test("is none where the station has no shifts", () => {
    expect(shiftsOf({ ...quality(point(null, 8, 3)), has_shifts: false })).toEqual({ now: null, before: null });
    expect(shiftTitle(en, null)).toBe("Last 24 hours");
  });
});
