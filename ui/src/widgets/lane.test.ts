import { describe, expect, test } from "vitest";
import { shortId } from "../format";
import { conditions, hasOwnLanes, laneCell, waySteps } from "./lane";
import { changedRule, isSameRules, lanesFor, verdictsFor, withRuleUp } from "../pages/tuning/sorting-data";
import { aDetail, aPart } from "../testing/made-up";
import { en } from "../text/en";
import { zh } from "../text/zh";

describe("where a part went", () => {
  test("is not told where a station has neither lanes nor anything that answers", () => {
    expect(waySteps(en, aDetail())).toEqual([]);
    expect(waySteps(en, aDetail({ lane: null, lane_by: null, identity: null }))).toEqual([]);
    expect(hasOwnLanes(["accept", "reject"])).toBe(false);
  });
  test("is told from the command to the sensor, with times and the rule", () => {
    const part = aDetail({
      lane: "rework", lane_by: "rule", lane_rule: 2, disposition: "reject", acknowledged_after_us: 181_250, confirm: "seen", confirmed_after_us: 420_000,
      rule: { rule: 2, lane: "rework", verdict: "fail", class: "scratch", score_from: 0.25, score_below: null },
    });
    expect(waySteps(en, part).map(({ key, what, after }) => [key, what, after])).toEqual([
      ["commanded", "Sent to rework", "after 180 ms"],
      ["acknowledged", "The output took the command.", "after 181 ms"],
      ["confirmed", "The sensor there saw it.", "after 420 ms"],
    ]);
    expect(waySteps(en, part)[0]?.why).toContain("rule 2: Fail, ");
    expect(waySteps(zh, part)[0]?.what).toBe("送往 rework");
  });
  test("says what did not happen, on a station with the two usual lanes too", () => {
    const lost = aDetail({ disposition: "reject", lane: "reject", cause: "not_acknowledged", confirm: "missing" });
    expect(waySteps(en, lost).map(({ tone }) => tone)).toEqual(["plain", "bad", "bad"]);
    expect(laneCell(en, lost)).toEqual({ lane: "Rejected", trouble: "did not arrive" });
    expect(laneCell(zh, aPart({ lane: "rework", confirm: "elsewhere" }))).toEqual({ lane: "rework", trouble: "到了其他通道" });
  });
  test("by a rule without conditions is for all parts", () => {
    expect(conditions(en, { verdict: null, class: null, score_from: null, score_below: null })).toBe("all parts");
  });
});

describe("a part ID", () => {
  test("of usual length stays whole, a long one loses its middle", () => {
    expect(shortId("J1-000001")).toBe("J1-000001");
    const long = "https://id.example.com/01/09506000134352/21/ABC-000123456";
    expect(shortId(long)).toBe("https://id.e…ABC-000123456");
    expect(shortId(long).length).toBeLessThanOrEqual(26);
  });
  test("of Chinese characters is as wide on the page as one of letters", () => {
    const id = `${"工件编号".repeat(9)}零零零壹`;
    expect(shortId(id)).toBe("工件编号工件…编号零零零壹");
  });
});

describe("sorting rules", () => {
  const lanes = [
    { name: "ok", takes: "accept" as const, is_safe: false },
    { name: "rework", takes: "reject" as const, is_safe: false },
    { name: "scrap", takes: "reject" as const, is_safe: true },
  ];
  const sorting = { version: 3, rules: [], lanes, classes: ["scratch"] };
  const rule = (lane: string) => ({ lane, verdict: null, class: null, score_from: null, score_below: null });
  test("offer only verdicts that the lane takes, and forget one that it does not", () => {
    expect(verdictsFor(sorting, "ok")).toEqual(["pass"]);
    const failed = { ...rule("rework"), verdict: "fail" as const };
    expect(changedRule(sorting, failed, { lane: "ok" })).toEqual(rule("ok"));
    expect(changedRule(sorting, failed, { lane: "scrap" }).verdict).toBe("fail");
  });
  test("are moved, compared, and name the safe lane", () => {
    const [a, b, c] = [rule("ok"), rule("rework"), rule("scrap")];
    expect(withRuleUp([a, b, c], 2)).toEqual([a, c, b]);
    expect(withRuleUp([a, b], 0)).toEqual([a, b]);
    expect(isSameRules([a, b], [a, b]) && !isSameRules([a, b], [b, a])).toBe(true);
    expect(lanesFor(en, sorting, "gone").map((each) => each.label)).toEqual(["gone", "ok (accepted)", "rework (rejected)", "scrap (safe)"]);
  });
});
