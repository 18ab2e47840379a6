import { describe, expect, test } from "vitest";
import { aPart } from "../testing/made-up";
import { address, ApiError, errorFromBody } from "./client";
import { fetchedFrom, valueOf } from "./fetched";
import { mergeParts } from "./station-link";

describe("an address", () => {
  test("leaves out what is not set", () => {
    expect(address("/api/results", { style: "", cause: null, before: undefined, limit: 0 })).toBe("/api/results?limit=0");
  });
  test("escapes what a style may hold", () => {
    expect(address("/api/results", { style: "型号 A&B" })).toBe("/api/results?style=%E5%9E%8B%E5%8F%B7+A%26B");
  });
});

describe("an error of the station", () => {
  test("keeps its kind and message", () => {
    expect(errorFromBody(409, { error: { kind: "conflict", message: "newest is 3" } })).toMatchObject({ kind: "conflict", message: "newest is 3" });
  });
  test("of an unknown form counts as internal and tells the status", () => {
    expect(errorFromBody(502, null)).toMatchObject({ kind: "internal", message: "HTTP 502" });
    expect(errorFromBody(500, { error: { kind: "surprise" } }).kind).toBe("internal");
  });
  test("is offline when there was no answer", () => expect(ApiError.from(new TypeError("failed to fetch")).kind).toBe("offline"));
});

describe("fetched", () => {
  test("is loading before anything arrived", () => {
    expect(fetchedFrom({ data: undefined, error: null, dataUpdatedAt: 0 })).toEqual({ state: "loading" });
  });
  test("fails only when nothing ever arrived", () => {
    expect(fetchedFrom({ data: undefined, error: new ApiError("busy", "x"), dataUpdatedAt: 0 })).toMatchObject({ state: "failed", error: { kind: "busy" } });
  });
  test("keeps a value that arrived, and says that it is stale", () => {
    const stale = fetchedFrom({ data: 5, error: new ApiError("offline", ""), dataUpdatedAt: 7 });
    expect(stale).toMatchObject({ state: "ready", value: 5, fetchedAt: 7, staleBecause: { kind: "offline" } });
    expect(valueOf(stale)).toBe(5);
  });
});

describe("merging parts", () => {
  test("puts the newest first and keeps each once", () => {
    const merged = mergeParts([aPart({ part_no: 2, id: 2 })], [aPart({ part_no: 3, id: 3 }), aPart({ part_no: 2, id: 2 })], 10);
    expect(merged.map((part) => part.part_no)).toEqual([3, 2]);
  });
  test("gives a part its result id once the row is durable, and never takes it away", () => {
    const live = [aPart({ part_no: 3, id: null })];
    const durable = mergeParts(live, [aPart({ part_no: 3, id: 30 })], 10);
    expect(durable[0]?.id).toBe(30);
    expect(mergeParts(durable, live, 10)[0]?.id).toBe(30);
  });
  test("puts a new job before an old one with higher part numbers", () => {
    const merged = mergeParts([aPart({ job: 1, part_no: 900 })], [aPart({ job: 2, part_no: 1 })], 10);
    expect(merged[0]?.job).toBe(2);
  });
  test("keeps no more than it is asked to", () => {
    const many = Array.from({ length: 30 }, (_, n) => aPart({ part_no: n }));
    expect(mergeParts([], many, 24)).toHaveLength(24);
  });
});
