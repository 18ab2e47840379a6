import { describe, expect, test } from "vitest";
import { ApiError } from "../../api/client";
import type { NewReview, Review } from "../../api/types";
import { aDetail, aPart, aView } from "../../testing/made-up";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { reviewedRegions } from "../../widgets/boxes";
import { answerWord, judgementTone, markWords, reviewLines } from "../../widgets/review-words";
import { firstRegion, nudged, rectangle } from "../part/region";
import { foundClass, newReview } from "../part/use-review-draft";
import { type Answered, isBlindFor, nextAfter, NOTHING_SAID, rowAfter, rowOf, type RowState, stepped, undoable, waitingNow } from "./row-state";
import { reviewAddress, wantedFromUrl } from "./wanted";

const frame = { width: 1280, height: 960 };
const said = (judgement: NewReview["judgement"]): NewReview => ({ judgement, class: null, region: null, reason: null, author: "Li" });
const anAnswer = (id: number, change: Partial<Answered> = {}): Answered => ({ key: id, id, partId: `A${id}`, verdict: "fail", why: "reject", said: said("defect"), isBlind: false, noted: null, ...change });
const waits = (...ids: number[]) => ids.map((id) => ({ id, why: "reject" as const }));
const queue = (ids: number[], fetchedAt = 100) => ({ items: waits(...ids), fetchedAt, isQueue: true });
const ids = (row: readonly { id: number }[]) => row.map((each) => each.id);
const after = (...happened: Parameters<typeof rowAfter>[1][]): RowState => happened.reduce(rowAfter, NOTHING_SAID);

describe("the queue", () => {
  test("loses a part as soon as it is answered, though the station's list still has it", () => {
    const sent = after({ what: "answered", answer: anAnswer(2) });
    expect(ids(rowOf(queue([1, 2, 3]), sent, null))).toEqual([1, 3]);
    const noted = rowAfter(sent, { what: "noted", key: 2, review: 70, at: 200 });
    expect(ids(rowOf(queue([1, 2, 3], 199), noted, null))).toEqual([1, 3]);
  });
  test("has it again where a list that was asked for later has it: somebody took the review back", () => {
    const noted = after({ what: "answered", answer: anAnswer(2) }, { what: "noted", key: 2, review: 70, at: 200 });
    expect(ids(rowOf(queue([1, 2, 3], 201), noted, null))).toEqual([1, 2, 3]);
  });
  test("keeps the part on the screen where it is, though somebody else has just reviewed it", () => {
    expect(ids(rowOf(queue([1, 5]), NOTHING_SAID, 3))).toEqual([1, 3, 5]);
  });
  test("keeps a part whose answer was not noted, and says so", () => {
    const failed = after({ what: "answered", answer: anAnswer(2) }, { what: "not noted", key: 2, error: new ApiError("busy", "later") });
    expect(ids(rowOf(queue([1, 3]), failed, null))).toEqual([1, 2, 3]);
    expect(failed.failures).toMatchObject([{ what: "answer", answer: { id: 2 } }]);
    expect(undoable(failed)).toBeNull();
    // Answered once more: nothing is left to be said of the first time.
    expect(rowAfter(failed, { what: "answered", answer: anAnswer(2, { key: 9 }) }).failures).toEqual([]);
  });
  test("has a part again whose answer is undone, before the station's list has it", () => {
    const undone = after({ what: "answered", answer: anAnswer(2) }, { what: "noted", key: 2, review: 70, at: 200 }, { what: "undone", key: 2 });
    expect(ids(rowOf(queue([1, 3]), undone, 2))).toEqual([1, 2, 3]);
  });
  test("shows no part of another kind because it was undone before the kind was chosen", () => {
    const turned = after({ what: "answered", answer: anAnswer(2) }, { what: "undone", key: 2 }, { what: "turned" });
    expect(ids(rowOf(queue([1, 3]), turned, null))).toEqual([1, 3]);
  });
  test("counts without what was answered here, and never below none", () => {
    const state = after({ what: "answered", answer: anAnswer(2) });
    const waiting = { reject: 5, not_decided: 1, near: 0, drawn: 2 };
    expect(waitingNow(waiting, queue([1, 2, 3]), state)).toEqual({ ...waiting, reject: 4 });
    expect(waitingNow({ ...waiting, reject: 0 }, queue([1, 2, 3]), state).reject).toBe(0);
    // The station has counted it out already.
    expect(waitingNow(waiting, queue([1, 3]), state)).toEqual(waiting);
  });
});

describe("going on", () => {
  test("leads to the next part, and from the last one back to what was left out", () => {
    expect(nextAfter(waits(1, 2, 3), 2, true)).toBe(3);
    expect(nextAfter(waits(1, 2, 3), 3, true)).toBe(1);
    expect(nextAfter(waits(3), 3, true)).toBeNull();
  });
  test("ends at the last part of a list, which stays on the screen", () => {
    expect(nextAfter(waits(9, 8), 8, false)).toBe(8);
  });
  test("back and forth stays within the ends", () => {
    expect(stepped(waits(1, 2), 1, -1)).toBeNull();
    expect(stepped(waits(1, 2), 1, 1)).toBe(2);
    expect(stepped(waits(1, 2), 7, 1)).toBeNull();
  });
  test("goes through a list newest first, and keeps what was answered in it", () => {
    const state = after({ what: "answered", answer: anAnswer(2) });
    expect(ids(rowOf({ ...queue([3, 2, 1]), isQueue: false }, state, null))).toEqual([3, 2, 1]);
  });
});

describe("undoing by one press", () => {
  const two = after({ what: "answered", answer: anAnswer(1) }, { what: "answered", answer: anAnswer(2) });
  test("takes the last answer back, then the one before", () => {
    expect(undoable(two)?.id).toBe(2);
    expect(undoable(rowAfter(two, { what: "undone", key: 2 }))?.id).toBe(1);
  });
  test("is over for answers of long ago", () => {
    expect(undoable(rowAfter(two, { what: "settled", key: 2 }))).toBeNull();
  });
  test("that the station refuses leaves the answer as it was, and says so", () => {
    const back = rowAfter(two, { what: "undone", key: 2 });
    const refused = rowAfter(back, { what: "not undone", answer: anAnswer(2, { noted: { review: 7, at: 500 } }), error: new ApiError("conflict", "") });
    expect(ids(rowOf(queue([1, 2, 3]), refused, null))).toEqual([3]);
    expect(refused.failures).toMatchObject([{ what: "undo", answer: { id: 2 } }]);
    expect(rowAfter(refused, { what: "dismissed", key: 2 }).failures).toEqual([]);
  });
});

describe("a blind look", () => {
  test("is at drawn passes unless told otherwise", () => {
    expect(isBlindFor("drawn", { why: "drawn", isDrawn: true, isQueue: true })).toBe(true);
    expect(isBlindFor("drawn", { why: "near", isDrawn: false, isQueue: true })).toBe(false);
    expect(isBlindFor("all", { why: "reject", isDrawn: false, isQueue: true })).toBe(true);
    expect(isBlindFor("none", { why: "drawn", isDrawn: true, isQueue: true })).toBe(false);
  });
  test("stays blind at a drawn pass that its own address opened, but not from the list, which shows verdicts", () => {
    expect(isBlindFor("drawn", { why: null, isDrawn: true, isQueue: true })).toBe(true);
    expect(isBlindFor("drawn", { why: null, isDrawn: true, isQueue: false })).toBe(false);
  });
  test("gives no hint by the class that the station found", () => {
    const fail = { defect: "scratch", classes: ["scratch"], verdict: "fail" as const };
    expect(foundClass(fail, false)).toBe("scratch");
    expect(foundClass(fail, true)).toBeNull();
    expect(foundClass({ ...fail, classes: ["dent"] }, false)).toBeNull();
  });
});

describe("an answer", () => {
  test("is worded by what the station had decided", () => {
    expect(answerWord(en, "fail", "good")).toBe("False alarm");
    expect(answerWord(en, "not_decided", "good")).toBe("False alarm");
    expect(answerWord(zh, "pass", "defect")).toBe("漏检");
    expect(answerWord(zh, null, "good")).toBe("良品");
  });
  test("that the part is good carries neither class nor place of a defect", () => {
    const draft = { class: "scratch", region: { view: "top", x: 1, y: 2, width: 30, height: 40 }, reason: "  " };
    expect(newReview(draft, "good", " Li ")).toEqual({ judgement: "good", class: null, region: null, reason: null, author: "Li" });
    expect(newReview(draft, "defect", "Li")).toMatchObject({ class: "scratch", region: draft.region });
    expect(newReview(draft, "cannot_tell", "Li")).toMatchObject({ class: null, region: draft.region });
  });
  test("agrees with the station or not", () => {
    expect(judgementTone("fail", "defect")).toBe("agrees");
    expect(judgementTone("not_decided", "good")).toBe("differs");
    expect(judgementTone("pass", "defect")).toBe("differs");
    expect(judgementTone("pass", "cannot_tell")).toBe("unsure");
    expect(markWords(en, aPart(), "disputed")).toBe("Disputed");
  });
});

describe("the reviews of a part", () => {
  const review = (id: number, change: Partial<Review> = {}): Review => ({ id, at: "2026-11-29T01:02:03Z", author: "Li", judgement: "defect", class: "dent", region: { view: "top", x: 10, y: 20, width: 30, height: 40 }, reason: null, undone: null, ...change });
  const undone = { at: "2026-11-29T02:00:00Z", author: "王敏", reason: "other part" };
  test("are told newest first, with class and place, also those that were undone", () => {
    const [newest, first] = reviewLines(en, "pass", [review(1), review(2, { judgement: "good", class: null, region: null, undone })]);
    expect(newest).toMatchObject({ answer: "Rightly passed", facts: [], undone: { reason: "other part" } });
    expect(newest?.undone?.words).toContain("Undone by 王敏, 2026-11-29");
    expect(first).toMatchObject({ answer: "Defect missed", facts: ["dent", "top: 10, 20, 30 × 40 px"], tone: "differs" });
  });
  test("are drawn on the view that they mean, while they stand", () => {
    const drawn = reviewedRegions(zh, [review(1), review(2, { undone }), review(3, { region: null })], "top");
    expect(drawn).toEqual([{ x: 10, y: 20, width: 30, height: 40, label: "Li: 凹坑", by: "person" }]);
    expect(reviewedRegions(zh, [review(1)], "side")).toEqual([]);
  });
  test("of a new part begin empty", () => expect(reviewLines(en, "fail", aDetail().reviews)).toEqual([]));
});

describe("the place of a defect", () => {
  test("is whole pixels inside the frame, whichever way it is drawn", () => {
    expect(rectangle({ x: 300.4, y: 200 }, { x: 100.2, y: -50 }, frame)).toEqual({ x: 100, y: 0, width: 200, height: 200 });
    expect(rectangle({ x: 1_200, y: 900 }, { x: 2_000, y: 2_000 }, frame)).toEqual({ x: 1_200, y: 900, width: 80, height: 60 });
  });
  test("is none where somebody only tapped", () => expect(rectangle({ x: 5, y: 5 }, { x: 7, y: 300 }, frame)).toBeNull());
  test("begins, by keys, at the worst finding, else in the middle", () => {
    const finding = { class: "dent", score: 0.9, region: [600, 400, 50, 60], area_px: 10, area_mm2: null, box_mm: null };
    expect(firstRegion(aView({ findings: [finding] }), frame)).toEqual({ view: "top", x: 600, y: 400, width: 50, height: 60 });
    expect(firstRegion(aView(), frame)).toEqual({ view: "top", x: 480, y: 360, width: 320, height: 240 });
  });
  test("moves and grows by arrow keys, and stays in the frame", () => {
    const place = { view: "top", x: 10, y: 0, width: 100, height: 50 };
    expect(nudged(place, "ArrowRight", false, frame)).toEqual({ ...place, x: 30 });
    expect(nudged(place, "ArrowLeft", false, frame)).toEqual({ ...place, x: 0 });
    expect(nudged(place, "ArrowDown", true, frame)).toEqual({ ...place, height: 70 });
    expect(nudged({ ...place, x: 1_180 }, "ArrowRight", true, frame).width).toBe(100);
    expect(nudged({ ...place, width: 10 }, "ArrowLeft", true, frame).width).toBe(4);
  });
});

describe("the address of the review page", () => {
  test("says what is gone through and which part is on the screen", () => {
    expect(wantedFromUrl(new URLSearchParams("why=near&style=gear&part=17"))).toEqual({ isList: false, why: "near", style: "gear", part: 17, isGallery: false });
    expect(wantedFromUrl(new URLSearchParams("why=rumour&part=-1"))).toMatchObject({ why: "", part: null });
  });
  test("keeps the filters of the list it came from", () => {
    const search = new URLSearchParams("among=list&show=all&q=26&part=5");
    expect(reviewAddress(search, { part: 6 })).toBe("/review?among=list&show=all&q=26&part=6");
    expect(wantedFromUrl(search)).toMatchObject({ isList: true, part: 5 });
  });
  test("is plain where nothing is chosen", () => {
    expect(reviewAddress(new URLSearchParams("why=near&part=5"), { why: "", part: null })).toBe("/review");
  });
});
