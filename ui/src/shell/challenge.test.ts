import { expect, test } from "vitest";
import { en } from "../text/en";
import { zh } from "../text/zh";
import { challengeWords } from "./challenge-data";

const due = {
  why: "start", since_us: 0, accepts_until_us: 900_000_000, is_overdue: false,
  parts: [
    { part_id: "BAD-1", must_pass: false, is_brought: false },
    { part_id: "BAD-2", must_pass: false, is_brought: true },
    { part_id: "GOLD", must_pass: true, is_brought: false },
  ],
};

test("says which challenge parts are still to be brought, and what each must be", () => {
  const words = challengeWords(en, due);
  expect(words.missing).toBe("Still to be brought: BAD-1 (must be called defective), GOLD (must pass).");
  expect(words.since).toContain("because the job has started. Parts are accepted until ");
  expect(challengeWords(zh, due).missing).toBe("尚未投放：BAD-1（应判有缺陷）、GOLD（应判合格）。");
});

test("says that nothing is accepted any more, and for how long no longer", () => {
  const words = challengeWords(zh, { ...due, is_overdue: true, why: "failed" });
  expect(words.title).toBe("验证件逾期：不再接收任何工件");
  expect(words.since).toMatch(/^自 [\d:]+ 起，原因：有验证件的判定与预期不符。$/);
});
