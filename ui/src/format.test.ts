import { describe, expect, test } from "vitest";
import * as format from "./format";

describe("a percentage", () => {
  test("says 100 only when it is all of them", () => {
    expect(format.percent(99_999, 100_000)).toBe("99.9");
    expect(format.percent(3, 3)).toBe("100.0");
  });
  test("of nothing is no value", () => expect(format.percent(0, 0)).toBe(format.NO_VALUE));
});

describe("milliseconds", () => {
  test("keep three significant places", () => {
    expect([300, 9_999, 45_678, 180_400].map(format.milliseconds)).toEqual(["0.30", "10.00", "45.7", "180"]);
  });
  test("that are not known are a dash, and zero is zero", () => {
    expect(format.milliseconds(null)).toBe(format.NO_VALUE);
    expect(format.milliseconds(0)).toBe("0.00");
  });
});

describe("a time", () => {
  const us = new Date(2026, 10, 4, 7, 5, 9, 42).getTime() * 1_000;
  test("is local, year first, the same in every language", () => {
    expect(format.dateTime(us)).toBe("2026-11-04 07:05:09");
    expect(format.dateTimeExact(us)).toBe("2026-11-04 07:05:09.042");
  });
});

test("bytes are read in the units disks are sold in", () => {
  expect([0, 999, 1_000, 38.2e9, 412e9].map(format.bytes)).toEqual(["0 B", "999 B", "1.00 kB", "38.2 GB", "412.0 GB"]);
});

test("whole numbers are grouped by thousands", () => {
  expect([5, 1_234, 1_234_567].map(format.whole)).toEqual(["5", "1\u202f234", "1\u202f234\u202f567"]);
});
