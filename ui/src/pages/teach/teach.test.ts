import { describe, expect, test } from "vitest";
import { ApiError } from "../../api/client";
import type { Lesson, LessonImage, RecipeVersions, TaughtModel } from "../../api/types";
import { aDetail, aView } from "../../testing/made-up";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { doubts, dots, inUse, isCurrent, isWeak, judged, leftOut, modelName, newestOf, pictureGone, quietSeconds, shareAtMost, studyShare, styles, viewOf } from "./teach-data";

const SECOND_US = 1_000_000;

function taught(scores: number[], change: Partial<TaughtModel> = {}): TaughtModel {
  return {
    name: "caps", sha256: "ab", acceptance: "0123456789ab", author: "Li", at_us: 0, seconds: 40, place: { unit: "px" as const, region: null, ignore: [], align: null }, bytes: 1, remembered: 1, threshold: 0.5, target: 0.01, rejected: 0, at_most: 0.1,
    images_needed: 299, images_needed_for_5: 59, run_us: 30_000, rejects: [], defects: [], told: null, evidence: null, sight: null, used_by: [], odd: [], held_out: scores.map((score, index) => ({ n: index + 1, score })), ...change,
  };
}

function image(n: number, change: Partial<LessonImage> = {}): LessonImage {
  return { n, part_id: `A${n}`, result: n, file: null, sha256: null, style: "cap", at_us: n * SECOND_US, is_passed: true, ...change };
}

function lesson(change: Partial<Lesson> = {}): Lesson {
  const images = [1, 2, 3].map((n) => image(n));
  return { id: 0, camera: "top", style: "cap", only_passes: true, author: "Li", wanted: 30, phase: "capturing", note: null, images, defects: [], thrown_out: [], numbered: 3, taught: null, ...change };
}

function recipe(style: string, versions: number[]): RecipeVersions {
  return { style, versions: versions.map((version) => ({ version, author: "a", reason: "r", created_at_us: 0, is_active: false, rules: [], views: [] })) };
}

describe("the share of teaching that is done", () => {
  test("grows from stage to stage and never passes the whole", () => {
    const stages = ["reading", "features", "weighing", "scoring", "accepting", "trying"] as const;
    const shares = stages.flatMap((stage) => [0, 5, 10].map((done) => studyShare({ stage, done, total: 10 })));
    expect(shares[0]).toBe(0);
    shares.slice(1).forEach((share, index) => expect(share).toBeGreaterThanOrEqual((shares[index] ?? 0) - 1e-9));
    expect(shares.at(-1)).toBeCloseTo(1);
  });
  test("of a stage without steps is its beginning", () => expect(studyShare({ stage: "features", done: 0, total: 0 })).toBeCloseTo(0.06));
});

describe("dots", () => {
  test("of like scores stand on each other, good and rejected apart", () => {
    const shown = dots(taught([0.3, 0.301, 0.6], { rejects: [{ id: 9, view: 0, part_id: "B", score: 0.3 }] }));
    expect(shown.map((dot) => [dot.kind, dot.level])).toEqual([["good", 0], ["good", 1], ["good", 0], ["reject", 0]]);
    expect(shown[0]?.x).toBe(shown[1]?.x);
  });
  test("stay inside the chart", () => {
    const [low, high] = dots(taught([0, 1]));
    expect(low?.x).toBeGreaterThan(0);
    expect(high?.x).toBeLessThan(1);
  });
});

describe("what a threshold would do", () => {
  test("counts a score at the threshold as rejected", () => {
    const rejects = [0.4, 0.5, 0.9].map((score, id) => ({ id, view: 0, part_id: "B", score }));
    expect(judged(taught([0.2, 0.5], { rejects }), 0.5)).toEqual({ good: 2, goodRejected: 1, rejects: 3, rejectsFound: 2 });
  });
  test("is weak when it misses more than a fifth of what was rejected before", () => {
    expect(isWeak({ rejects: 10, rejectsFound: 7 })).toBe(true);
    expect(isWeak({ rejects: 10, rejectsFound: 8 })).toBe(false);
    expect(isWeak({ rejects: 2, rejectsFound: 0 })).toBe(false);
  });
  // The table of docs/guide/teach.md; the station computes the same for the threshold it proposes.
  test.each([[0, 20, 0.1391], [0, 30, 0.095], [0, 59, 0.0495], [1, 30, 0.14859], [3, 100, 0.07571], [5, 5, 1]])("%i of %i says at most %f", (events, trials, share) => {
    expect(shareAtMost(events, trials)).toBeCloseTo(share, 3);
  });
});

describe("doubts", () => {
  test("are images whose parts did not pass", () => {
    const [first, ...rest] = lesson().images;
    expect([...doubts(lesson({ images: [{ ...first!, is_passed: false }, ...rest] }))]).toEqual([[1, "not_passed"]]);
  });
  test("are images that the new model finds unlike the rest", () => {
    expect([...doubts(lesson({ taught: taught([0.2, 0.22, 0.47]) }))]).toEqual([[3, "unlike"]]);
  });
  test("are images that nothing was learnt from, until they are thrown out", () => {
    const whole = lesson({ taught: taught([0.2, 0.22, 0.9], { odd: [3] }) });
    expect([...doubts(whole)]).toEqual([[3, "left_out"]]);
    expect(leftOut(whole)).toEqual([3]);
    expect(judged(whole.taught!, 0.5)).toMatchObject({ good: 2, goodRejected: 0 });
    expect(leftOut({ ...whole, images: whole.images.slice(0, 2) })).toEqual([]);
  });
  test("are none where all score alike, however high", () => expect(doubts(lesson({ taught: taught([0.45, 0.46, 0.47]) })).size).toBe(0));
});

describe("a model", () => {
  test("is of these images until one is thrown out or added", () => {
    const whole = lesson({ taught: taught([0.2, 0.2, 0.2]) });
    expect(isCurrent(whole)).toBe(true);
    expect(isCurrent({ ...whole, images: whole.images.slice(1) })).toBe(false);
    expect(isCurrent(lesson())).toBe(false);
  });
  test("is named after what it is of, with letters that can be a folder", () => {
    const at = new Date(2026, 10, 5, 9, 7);
    expect(modelName({ camera: "top", style: null }, at)).toBe("top-20261105-0907");
    expect(modelName({ camera: "top", style: "型号 A&B/2" }, at)).toBe("型号-A-B-2-20261105-0907");
    expect(modelName({ camera: "top", style: "&" }, at)).toBe("model-20261105-0907");
  });
});

describe("styles", () => {
  const recipes = [recipe("gear", [1, 3, 2]), recipe("cap", [1])];
  test("are those with a recipe and those seen", () => expect(styles(recipes, ["new", "gear"])).toEqual(["cap", "gear", "new"]));
  test("have a newest version, or none", () => expect([newestOf(recipes, "gear"), newestOf(recipes, "new")]).toEqual([3, 0]));
});

describe("the view of a camera", () => {
  const views = [{ name: "a", camera: "top", reject_above: 0.5, accept_below: 0.5 }, { name: "b", camera: "side", reject_above: 0.5, accept_below: 0.5 }];
  const recipes = [{ style: "cap", version: 1, model: "m", views }];
  test("is the one that looks through it", () => expect(viewOf(recipes, "cap", "side")).toBe(1));
  test("is none where the recipe does not use it", () => expect(viewOf(recipes, "cap", "back")).toBeNull());
  test("of a part without a recipe is the first", () => expect(viewOf(recipes, "new", "side")).toBe(0));
});

describe("a quiet line", () => {
  test("is told after a while, counted from the newest image", () => {
    expect(quietSeconds(lesson(), 10 * SECOND_US)).toBeNull();
    expect(quietSeconds(lesson(), 33 * SECOND_US)).toBe(30);
    expect(quietSeconds(lesson({ images: [] }), 20 * SECOND_US)).toBe(20);
    expect(quietSeconds(lesson({ phase: "collected" }), 99 * SECOND_US)).toBeNull();
  });
});

describe("the picture of a rejected part that does not show", () => {
  const ready = (image: "stored" | "deleted_by_quota") => ({ state: "ready" as const, value: aDetail({ view_results: [aView({ image })] }), fetchedAt: 0, staleBecause: null });
  test("was deleted to make room, where the log says so", () => {
    expect(pictureGone(en, ready("deleted_by_quota"), 0)).toBe("Image deleted to stay within the quota");
    expect(pictureGone(zh, ready("deleted_by_quota"), 0)).toBe("为控制空间，图像已删除");
  });
  test("is not said to be deleted where nobody knows", () => {
    const failed = { state: "failed" as const, error: new ApiError("offline", "") };
    const all = [pictureGone(en, ready("stored"), 0), pictureGone(en, ready("deleted_by_quota"), 1), pictureGone(en, failed, 0)];
    expect(all).toEqual(["No image", "No image", "No image"]);
  });
});

test("a model that was replaced is not in use", () => {
  const used = (style: string, from_version: number, to_version: number | null) => ({ style, view: "top", from_version, to_version });
  const runs = { provider: "CPU", precision: "f32", is_quantised: true, threads: 1, nodes: 61, nodes_fallen_back: 0, operators_fallen_back: [], is_tuned: false, acceptance: "ab" };
  const models = [{ ...runs, name: "caps", used_by: [used("bracket", 2, 3), used("cap", 1, null)] }, { ...runs, name: "demo", used_by: [used("bracket", 4, null)] }];
  expect(inUse(models, "caps")).toEqual(["cap 1"]);
  expect(inUse(models, "gone")).toEqual([]);
});
