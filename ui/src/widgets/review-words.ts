// How reviews are worded: by what the station had decided, or without telling it. No markup.
import type { Judgement, PartSummary, Review, ReviewMark, Verdict } from "../api/types";
import * as format from "../format";
import type { Catalogue } from "../text/en";
import { fill } from "../text/fill";
import { defectName } from "../verdict";

export const ANSWERS = ["defect", "good", "cannot_tell"] as const satisfies readonly Judgement[];

/** An answer to a part: to a verdict, or blind where there is none to be told. */
export function answerWord(text: Catalogue, verdict: Verdict | null, judgement: Judgement): string {
  if (verdict === null) return text.answer_blind[judgement];
  return verdict === "pass" ? text.answer_pass[judgement] : text.answer_reject[judgement];
}

/** The tone of a judgement: whether the station was right by it. */
export function judgementTone(verdict: Verdict, mark: ReviewMark): "agrees" | "differs" | "unsure" {
  if (mark === "cannot_tell" || mark === "disputed") return "unsure";
  return (mark === "defect") === (verdict !== "pass") ? "agrees" : "differs";
}

export function markWords(text: Catalogue, part: Pick<PartSummary, "verdict">, mark: ReviewMark): string {
  return mark === "disputed" ? text.review.mark_disputed : answerWord(text, part.verdict, mark);
}

/** To the minute, and never broken at its hyphens: `2026-11-24 02:27`. */
export const whenAbout = (at: string): string => format.dateTime(Date.parse(at) * 1_000).slice(0, -3).replaceAll("-", "\u2011").replace(" ", "\u00a0");
export const when = (at: string): string => format.dateTime(Date.parse(at) * 1_000);

export interface ReviewLine {
  id: number;
  author: string;
  when: string;
  answer: string;
  tone: ReturnType<typeof judgementTone>;
  /** Class and place of the defect, where told. */
  facts: string[];
  reason: string | null;
  undone: { words: string; reason: string | null } | null;
}

/** Newest first. */
export function reviewLines(text: Catalogue, verdict: Verdict, reviews: readonly Review[]): ReviewLine[] {
  return reviews.map((review) => ({
    id: review.id,
    author: review.author,
    when: when(review.at),
    answer: answerWord(text, verdict, review.judgement),
    tone: judgementTone(verdict, review.judgement),
    facts: [
      ...(review.class === null ? [] : [defectName(text, review.class)]),
      ...(review.region === null ? [] : [fill(text.review.place_value, { ...review.region })]),
    ],
    reason: review.reason,
    undone: review.undone === null ? null : { words: fill(text.review.undone_by, { author: review.undone.author, time: when(review.undone.at) }), reason: review.undone.reason },
  })).toSorted((a, b) => b.id - a.id);
}
