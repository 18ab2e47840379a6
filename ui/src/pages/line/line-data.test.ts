import { describe, expect, test } from "vitest";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { isLong, laneWords, levels, meaning, offlineReason, partFacts, rateWords, unseenSpan, unseenWords, valueWords, WINDOW_US } from "./line-data";
import { lasting } from "../../widgets/lasting";

const NOW = 1_000_000_000;
const edge = (agoUs: number, is_on: boolean) => ({ at_us: NOW - agoUs, is_on });

describe("the history of a bit", () => {
  test("ends with what it is and begins with what it was", () => {
    const drawn = levels([edge(5_000_000, true), edge(2_500_000, false)], false, 2, NOW);
    expect(drawn).toEqual([
      { from: 0, to: 0.5, isOn: false },
      { from: 0.5, to: 0.75, isOn: true },
      { from: 0.75, to: 1, isOn: false },
    ]);
  });
  test("is one level where nothing changed lately, and nothing where nobody knows", () => {
    expect(levels([edge(2 * WINDOW_US, true)], true, 1, NOW)).toEqual([{ from: 0, to: 1, isOn: true }]);
    expect(levels([], true, 0, NOW)).toEqual([{ from: 0, to: 1, isOn: true }]);
    expect(levels([edge(1, true)], null, 1, NOW)).toEqual([]);
  });
  test("claims nothing of the time before the oldest edge that is remembered", () => {
    expect(levels([edge(1_000_000, true)], true, 900, NOW)).toEqual([{ from: 0.9, to: 1, isOn: true }]);
  });
});

test("times are said in the largest unit that says enough", () => {
  expect([250_000, 3_940_000, 59_000_000, 150_000_000, 9_000_000_000, 400_000_000_000].map((us) => lasting(en, us))).toEqual(["250 ms", "3.9 s", "59 s", "2 min", "2 h", "4 days"]);
  expect(lasting(en, -5)).toBe("0 ms");
});

test("a meaning is said with its lane, and one that is not known as the settings have it", () => {
  expect(meaning(en, { meaning: "lane-confirm outfeed 2" })).toBe("Part in lane outfeed 2");
  expect(meaning(zh, { meaning: "bin-full" })).toBe("废料箱已满");
  expect(meaning(en, { meaning: "new-word x" })).toBe("new-word x");
});

test("a lane says where it begins, in what its line is measured by", () => {
  const lane = { number: 2, name: "far", takes: "accept" as const, is_safe: false, has_gate: true, travel_ms: null, distance_mm: 1_249.6 };
  expect(laneWords(en, lane)).toBe("2 · Accepted · gate 1\u202f250 mm behind the trigger");
  const end = { ...lane, is_safe: true, has_gate: false, travel_ms: 900, distance_mm: null };
  expect(laneWords(en, end)).toBe("2 · Accepted · under every fault · begins 900 ms behind the trigger, without a gate");
  expect(laneWords(zh, end)).toContain("在触发点后 900 ms 开始");
  expect(laneWords(en, { ...lane, has_gate: null, distance_mm: null })).toBe("2 · Accepted");
});

test("a part says where it is, and where it was sent", () => {
  const line = {
    server_time_us: NOW, devices: [], signals: [], lanes: [], encoder: null, rejects: null, stops: null,
    parts: [
      { part_no: 7, behind_mm: 1_249.6, behind_ms: null, lane: "far" },
      { part_no: 8, behind_mm: null, behind_ms: 310, lane: null },
    ],
  };
  expect(partFacts(en, line)).toEqual([
    { name: "Part 7", value: "1\u202f250 mm behind the trigger · sent to far" },
    { name: "Part 8", value: "310 ms behind the trigger" },
  ]);
  expect(partFacts(zh, line)[0]?.value).toBe("已过触发点 1\u202f250 mm · 送往 far");
});

test("an idle line may wait for its trigger, and for nothing else without being seen", () => {
  const wait = (code: string, since_us: number) => ({ code, is_for_plc: true, text: { en: "", zh: "" }, since_us });
  expect(isLong(wait("trigger", 0), NOW)).toBe(false);
  expect(isLong(wait("trigger_off", NOW - 1_900_000), NOW)).toBe(false);
  expect(isLong(wait("trigger_off", NOW - 2_100_000), NOW)).toBe(true);
});

test("three bits say why a station is offline", () => {
  const bit = (name: string, is_on: boolean) => ({ name, meaning: "", is_on, changes: 0, edges: [] });
  expect(offlineReason([bit("Online", true), bit("OfflineReason0", false), bit("OfflineReason1", true), bit("OfflineReason2", false)])).toBe(2);
});

test("a value is said by what it is", () => {
  const signal = { device: "io", address: "input:0.u32", meaning: "encoder", is_output: false, kind: "number" as const, is_on: null, number: 12_345, text: null, changed_us: null, changes: 0, per_second: 5_000.4, edges: [], unseen: null };
  expect(valueWords(en, signal)).toBe("12\u202f345");
  expect(rateWords(en, signal)).toBe("5\u202f000 a second");
  expect(rateWords(en, { ...signal, per_second: 0 })).toBeNull();
  expect(valueWords(zh, { ...signal, kind: "text", text: "" })).toBe("空");
});

test("a time that nobody looked is shown while it is in the window, and said after that", () => {
  const unseen = { since_us: NOW - 5_000_000, until_us: NOW - 2_500_000, times: 3 };
  expect(unseenSpan(unseen, NOW)).toEqual({ from: 0.5, to: 0.75 });
  expect(unseenSpan(unseen, NOW + 2 * WINDOW_US)).toBeNull();
  expect(unseenWords(en, unseen, NOW)).toBe("Not looked at for 2.5 s, 2.5 s ago (3 times in this job)");
  expect(unseenWords(zh, unseen, NOW)).toBe("2.5 秒前曾有 2.5 秒未查询（本作业 3 次）");
});
