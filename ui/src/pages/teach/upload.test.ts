import { describe, expect, test } from "vitest";
import { ApiError, errorFromBody } from "../../api/client";
import type { Lesson, LessonImage, TaughtModel, TeachingStatus } from "../../api/types";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { defectsSaying, doubts, imageName, isCurrent } from "./teach-data";
import { endsUpload, refusedBy, refusedWords, roomFor } from "./upload-data";

const image = (n: number, change: Partial<LessonImage> = {}): LessonImage => ({
  n, part_id: null, result: null, file: `${n}.png`, sha256: null, style: null, at_us: 0, is_passed: null, ...change,
});
const told = (is_used: boolean): TaughtModel["told"] => ({
  good: 10, defects: 4, is_used, without: { auroc: 0.9, caught: 2, rejected: 1 }, with: { auroc: 0.95, caught: 4, rejected: 0 },
});
const taught = (change: Partial<TaughtModel> = {}): TaughtModel => ({
  name: "m", sha256: "ab", acceptance: "a", author: "Li", at_us: 0, seconds: 1, place: { unit: "px" as const, region: null, ignore: [], align: null }, bytes: 1, remembered: 1, held_out: [{ n: 1, score: 0.2 }], odd: [], threshold: 0.5, target: 0.01,
  rejected: 0, at_most: 0.1, images_needed: 299, images_needed_for_5: 59, run_us: 1, rejects: [], defects: [2, 3], told: null, evidence: null, sight: null, used_by: [], ...change,
});
const lesson = (change: Partial<Lesson> = {}): Lesson => ({
  id: 0, camera: "top", style: null, only_passes: false, author: "Li", wanted: 30, phase: "taught", note: null, images: [image(1)], defects: [image(2), image(3)],
  thrown_out: [], numbered: 3, taught: taught(), ...change,
});

describe("an image of a lesson", () => {
  test("is known by its part, or by its file", () => {
    expect(imageName(image(7, { part_id: "A7", file: null }))).toBe("A7");
    expect(imageName(image(7))).toBe("7.png");
  });
  test("is doubted when the model in use did not pass it, and not when none saw it", () => {
    const images = [image(1), image(2, { is_passed: false }), image(3, { is_passed: true })];
    expect([...doubts(lesson({ images, taught: null }))]).toEqual([[2, "not_passed"]]);
  });
});

describe("a model", () => {
  test("is of other images when a defect came or went since", () => {
    expect(isCurrent(lesson())).toBe(true);
    expect(isCurrent(lesson({ defects: [image(2)] }))).toBe(false);
    expect(isCurrent(lesson({ defects: [image(2), image(3), image(4)] }))).toBe(false);
  });
  test("uses defects, or says why not", () => {
    expect(defectsSaying(taught({ told: told(true) }))).toBe("used");
    expect(defectsSaying(taught({ told: told(false) }))).toBe("worse");
    expect(defectsSaying(taught())).toBe("few");
  });
});

describe("room for files", () => {
  test("is counted for each kind", () => {
    const status = { images_max: 50, defects_max: 40 } as TeachingStatus;
    expect([roomFor(status, lesson(), "good"), roomFor(status, lesson(), "defect")]).toEqual([49, 38]);
  });
});

describe("a file that is not taken", () => {
  const size = { reason: "size", expected: "640 × 480", found: "320 × 240" } as const;
  test("keeps what the station expected and found", () => {
    const failure = errorFromBody(400, { error: { kind: "bad_request", message: "in English", refused: size } });
    const refused = refusedBy("a.png", failure);
    expect(refused).toEqual({ name: "a.png", ...size });
    expect(refusedWords(en, refused)).toContain("has 320 × 240 pixels. Expected 640 × 480");
    expect(refusedWords(zh, refused)).toContain("640 × 480");
    expect(endsUpload(refused)).toBe(false);
  });
  test("is told in bytes that people read", () => {
    const refused = { name: "a.bmp", reason: "too_many_bytes", expected: "2000000", found: "9000000" } as const;
    expect(refusedWords(en, refused)).toContain("9.00 MB");
  });
  test("ends the upload where all others would be refused as well", () => {
    expect(endsUpload(refusedBy("a", new TypeError("failed to fetch")))).toBe(true);
    expect(refusedBy("a", new TypeError("failed to fetch")).reason).toBe("offline");
    expect(refusedBy("a", new ApiError("conflict", "being taught"))).toEqual({ name: "a", reason: "other", expected: "", found: "being taught" });
    for (const reason of ["lesson_full", "storage"] as const) expect(endsUpload({ name: "a", reason, expected: "", found: "" })).toBe(true);
  });
});
