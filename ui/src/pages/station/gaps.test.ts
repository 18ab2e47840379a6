import { expect, test } from "vitest";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { gapRow } from "./station-data";

const gap = { place: 2, job: 3, first_part_no: 12, last_part_no: null, from_us: 0, to_us: 61_000_000, kind: "trigger_slow", message: "m" };

test("a gap says when, how many and why", () => {
  const row = gapRow(en, { ...gap, last_part_no: 1_015, kind: "overrun" });
  expect(row.parts).toBe("Job 3, parts 12 to 1015: 1\u202f004");
  expect(row.why).toBe(en.gap_kind.overrun);
  expect(row.time).toMatch(/^1970-01-01 \d\d:\d\d:00 to \d\d:\d\d:01$/);
});

test("a gap of parts that nobody numbered says so, and a kind that is not known is said as the log has it", () => {
  expect(gapRow(zh, gap).parts).toBe("作业 3，工件 12 之前：数量不明");
  expect(gapRow(en, { ...gap, kind: "crashed" }).parts).toBe("Job 3, from part 12 on: nobody knows how many");
  expect(gapRow(en, { ...gap, kind: "comet" }).why).toBe("comet");
});
