import { describe, expect, test } from "vitest";
import { en } from "../text/en";
import { zh } from "../text/zh";
import { aDetail, aHistogram, aPart, aView } from "../testing/made-up";
import { agreesWithTruth, reasonLine, VERDICT_SHAPE } from "../verdict";
import { closestNewer } from "./part/neighbours";
import { timeline, whyLines } from "./part/part-data";
import { worstView } from "../widgets/boxes";
import { keepInside, zoomAround, ZOOM_MAX } from "./part/use-zoom";
import { type Filters, filtersFromUrl, filtersToQuery, filtersToUrl, foldedAway, isFiltered, isScore, NO_FILTERS, pageFromUrl } from "./rejects/filters";
import { reviewLink } from "./rejects/rejects-data";
import { fallenBack, numbers, usedBy } from "./station/station-data";
import { axisTicks, chosen, histogramBars, moved } from "./tuning/tuning-data";

describe("filters", () => {
  const all: Filters = { show: "pass", scoreFrom: "0,2", scoreTo: "0.5", recipeVersion: "3", reviewed: "yes", judgement: "good", reviewer: "李", period: "custom", from: "2026-11-24T01:00", to: "2026-11-24T02:00", style: "型号 A&B", cause: "defect", defect: "scratch", lane: "返工 A", isUnconfirmed: true, piece: "26" };
  test("survive the way into the URL and back", () => {
    expect(filtersFromUrl(new URLSearchParams(filtersToUrl(all).toString()))).toEqual(all);
  });
  test("leave the address plain when nothing is filtered", () => {
    expect(filtersToUrl(NO_FILTERS).toString()).toBe("");
    expect(isFiltered(NO_FILTERS)).toBe(false);
  });
  test("that make no sense in a URL are ignored", () => {
    expect(filtersFromUrl(new URLSearchParams("period=yesterday&from=x&to=2026-99"))).toEqual(NO_FILTERS);
    expect(pageFromUrl(new URLSearchParams("before=-1"))).toBeNull();
  });
  test("ask for rejected parts unless told otherwise", () => {
    expect(filtersToQuery(NO_FILTERS, 0).disposition).toBe("reject");
    expect(filtersToQuery({ ...NO_FILTERS, show: "pass" }, 0)).toMatchObject({ verdict: "pass" });
    expect(filtersToQuery({ ...NO_FILTERS, show: "all" }, 0)).not.toHaveProperty("disposition");
  });
  test("search for any piece of a part ID, also where an old address names its beginning", () => {
    expect(filtersFromUrl(new URLSearchParams("part_id=A26")).piece).toBe("A26");
    expect(filtersToQuery({ ...NO_FILTERS, piece: "123" }, 0).q).toBe("123");
  });
  test("take a score with a comma, and none that is none", () => {
    expect(filtersToQuery(all, 0).score_from).toBe("0.2");
    for (const wrong of ["2", "x", ".", "-0.1", "0.1.2", "1.01"]) expect(isScore(wrong), wrong).toBe(false);
    for (const good of ["", "0", "1", ".5", "0,25", "1.0"]) expect(isScore(good), good).toBe(true);
    expect(filtersFromUrl(new URLSearchParams("score_from=7&recipe_version=0&judgement=bad&reviewed=perhaps"))).toEqual(NO_FILTERS);
  });
  test("that are folded away are counted", () => {
    expect(foldedAway(NO_FILTERS)).toBe(0);
    expect(foldedAway({ ...NO_FILTERS, cause: "defect", scoreTo: "0.4", piece: "26" })).toBe(2);
  });
  test("go along to where a part of the list is reviewed", () => {
    expect(reviewLink(9, { ...NO_FILTERS, style: "gear" }, 40)).toBe("/review?style=gear&among=list&before=40&part=9");
  });
  test("ask the same question within one minute, so that the answer can be kept", () => {
    const hour: Filters = { ...NO_FILTERS, period: "hour" };
    const noon = 1_795_000_020_000;
    expect(filtersToQuery(hour, noon)).toEqual(filtersToQuery(hour, noon + 39_000));
    expect(filtersToQuery(hour, noon).from_us).toBe((Math.floor(noon / 60_000) * 60_000 - 3_600_000) * 1_000);
  });
  test("read custom times as local time", () => {
    expect(filtersToQuery(all, 0).from_us).toBe(new Date(2026, 10, 24, 1, 0).getTime() * 1_000);
  });
});

describe("a model", () => {
  const model = { name: "m", provider: "CUDA", precision: "f32", is_quantised: false, threads: 1, nodes: 40, nodes_fallen_back: 0, operators_fallen_back: [], is_tuned: false, acceptance: "0123456789ab", used_by: [] };
  test("says what its provider left to the processor, and of which kind", () => {
    expect(fallenBack(model)).toBe("0");
    expect(fallenBack({ ...model, nodes_fallen_back: 3, operators_fallen_back: ["NonZero", "TopK"] })).toBe("3 (NonZero, TopK)");
  });
  test("in 8-bit whole numbers says so beside the precision of the rest", () => {
    expect(numbers(en, model)).toBe("f32");
    expect(numbers(en, { ...model, is_quantised: true })).toBe("8-bit + f32");
    expect(numbers(zh, { ...model, is_quantised: true })).toBe("8 位 + f32");
  });
  test("says which parts it judges, by view where there are several, and when it was replaced", () => {
    const views = ["top", "side"].map((name) => ({ name, camera: name, reject_above: 0.5, accept_below: 0.5 }));
    const recipes = [{ style: "cap", version: 3, model: "m", views: views.slice(0, 1) }, { style: "gear", version: 1, model: "m", views }];
    const used = [
      { style: "cap", view: "top", from_version: 2, to_version: null },
      { style: "gear", view: "side", from_version: 1, to_version: 1 },
    ];
    expect(usedBy(en, { used_by: used }, recipes)).toEqual([
      { words: "cap from version\u00a02", isReplaced: false },
      { words: "gear · side up to version\u00a01, replaced", isReplaced: true },
    ]);
  });
});

describe("a verdict", () => {
  test("has a shape of its own", () => expect(new Set(Object.values(VERDICT_SHAPE)).size).toBe(3));
  test("of a defect names the class, any other its cause", () => {
    expect(reasonLine(en, aPart({ cause: "defect", defect: "scratch" }))).toBe("scratch");
    expect(reasonLine(zh, aPart({ cause: "defect", defect: "scratch" }))).toBe("划痕");
    expect(reasonLine(zh, aPart({ cause: "defect", defect: "toString" }))).toBe("toString");
    expect(reasonLine(zh, aPart({ cause: "camera_gone" }))).toBe("相机断开");
    expect(reasonLine(en, aPart())).toBe("");
  });
  test("neither agrees nor differs when nothing was decided", () => {
    const truth = { is_defective: true, defect: null };
    expect(agreesWithTruth({ truth, verdict: "not_decided" })).toBeNull();
    expect(agreesWithTruth({ truth, verdict: "pass" })).toBe(false);
    expect(agreesWithTruth({ truth, verdict: "fail" })).toBe(true);
  });
});

describe("why", () => {
  test("names the score and the threshold that decided", () => {
    const view = aView({ verdict: "fail", cause: "defect", score: 0.71 });
    expect(whyLines(en, aDetail({ view_results: [view] }))).toEqual(["top scored 0.710; this recipe rejects above 0.500."]);
  });
  test("tells of a verdict that came too late", () => {
    const detail = aDetail({ cause: "deadline", verdict: "not_decided", view_results: [aView({ cause: "deadline" })], late: [{ view: 0, verdict: "pass", decided_after_us: 214_000, score: 0.2 }] });
    expect(whyLines(en, detail)[1]).toContain("after 214 ms: Pass");
  });
  test("is said for a part of which no view has a result", () => {
    expect(whyLines(en, aDetail({ cause: "unknown_style", view_results: [] }))).toHaveLength(1);
  });
});

describe("the view to look at first", () => {
  test("is the one that decided the part", () => {
    const views = [aView({ verdict: "pass", score: 0.3 }), aView({ verdict: "fail", score: 0.71 }), aView({ verdict: "not_decided", score: 0.9 })];
    expect(worstView({ view_results: views })).toBe(1);
  });
  test("is the first when they are alike", () => expect(worstView({ view_results: [aView(), aView()] })).toBe(0));
});

describe("the timeline", () => {
  test("lays the work end to end after the start", () => {
    const data = timeline(en, aView(), 180_000, 80_000);
    expect(data.spans.at(-1)).toMatchObject({ name: "Findings", start: 41_000, end: 42_000, isWork: true });
    expect(data.marks.map((mark) => mark.kind)).toEqual(["decided", "acted", "budget"]);
    expect(data.end).toBeGreaterThan(180_000);
  });
  test("is empty, not wrong, when no frame arrived", () => {
    const none = { exposed_after: null, received_after: null, started_after: null, correct: null, preprocess: null, run: null, findings: null, decided_after: null };
    expect(timeline(en, aView({ times_us: none }), null, null).spans).toEqual([]);
  });
});

test("the closest newer part is the smallest id above", () => {
  expect(closestNewer([{ id: 9 }, { id: 7 }, { id: null }, { id: 5 }], 5)).toBe(7);
  expect(closestNewer([{ id: 5 }], 5)).toBeNull();
});

describe("zoom", () => {
  const image = { width: 1280, height: 960 };
  const whole = { x: 0, y: 0, ...image };
  test("keeps the point under the pointer where it is", () => {
    const window = zoomAround(whole, image, 2, { x: 0.25, y: 0.5 });
    expect(window.x + window.width * 0.25).toBeCloseTo(320);
    expect(window.y + window.height * 0.5).toBeCloseTo(480);
  });
  test("ends at the whole image and at its limit", () => {
    expect(zoomAround(whole, image, 0.1, { x: 0.5, y: 0.5 })).toEqual(whole);
    expect(zoomAround(whole, image, 1_000, { x: 0.5, y: 0.5 }).width).toBe(1280 / ZOOM_MAX);
  });
  test("does not leave the image", () => {
    expect(keepInside({ x: -50, y: 900, width: 640, height: 480 }, image)).toMatchObject({ x: 0, y: 480 });
  });
});

describe("thresholds", () => {
  const limits = { reject_above: 0.5, accept_below: 0.4 };
  test("move as one without a band", () => {
    expect(moved(limits, "reject_above", 0.61, false)).toEqual({ reject_above: 0.61, accept_below: 0.61 });
  });
  test("push each other and never cross", () => {
    expect(moved(limits, "reject_above", 0.3, true)).toEqual({ reject_above: 0.3, accept_below: 0.3 });
    expect(moved(limits, "accept_below", 0.7, true)).toEqual({ reject_above: 0.7, accept_below: 0.7 });
  });
  test("stay between 0 and 1, at thousandths", () => {
    expect(moved(limits, "reject_above", 1.4, false).reject_above).toBe(1);
    expect(moved(limits, "reject_above", 0.123_456, false).reject_above).toBe(0.123);
  });
});

describe("the histogram", () => {
  test("stacks to the whole height at its highest bin", () => {
    const { pieces, most } = histogramBars(aHistogram({ pass: [6, 0, 0, 1], fail: [2, 0, 0, 0] }), false);
    expect(most).toBe(8);
    expect(pieces.filter((piece) => piece.x === 0).reduce((sum, piece) => sum + piece.height, 0)).toBeCloseTo(1);
    expect(pieces).toHaveLength(3);
  });
  test("shows a single part on a log scale beside thousands", () => {
    const { pieces } = histogramBars(aHistogram({ pass: [10_000, 0, 0, 0], fail: [0, 0, 0, 1] }), true);
    expect(pieces.at(-1)?.height).toBeGreaterThan(0.05);
  });
  test("of nothing has no bars and no ticks", () => {
    const { pieces, most } = histogramBars(aHistogram({}), true);
    expect(pieces).toEqual([]);
    expect(axisTicks(most, true)).toEqual([]);
  });
  test("has round ticks inside the axis", () => {
    expect(axisTicks(83, false).map((tick) => tick.count)).toEqual([50]);
    expect(axisTicks(850, true).map((tick) => tick.count)).toEqual([1, 10, 100]);
    expect(axisTicks(1, false).map((tick) => tick.count)).toEqual([1]);
  });
});

describe("the recipe to tune", () => {
  const version = (number: number, is_active: boolean) => ({ version: number, author: "a", reason: "r", created_at_us: 0, is_active, rules: [], views: [{ name: "top", camera: "c", model: "m", reject_above: 0.5, accept_below: 0.5, place: { unit: "px" as const, region: null, ignore: [], align: null } }] });
  const recipes = [{ style: "a", versions: [version(1, true), version(2, false)] }, { style: "b", versions: [version(1, true)] }];
  test("is the one in the URL, at its newest version", () => {
    expect(chosen(recipes, "a", "0")).toMatchObject({ recipe: { style: "a" }, version: { version: 2 }, view: 0 });
  });
  test("falls back to the first recipe and view", () => {
    expect(chosen(recipes, "gone", "7")).toMatchObject({ recipe: { style: "a" }, view: 0 });
  });
  test("is none without recipes", () => expect(chosen([], null, null).recipe).toBeNull());
});
