// Which part comes next, what was answered here and can be undone, and what the station did not take. No markup.
import type { ToReview } from "../../api/reviewing";
import type { NewReview, Verdict, Why } from "../../api/types";

export interface Answered {
  /** Counts the answers given on this page: the same part may be answered again. */
  key: number;
  id: number;
  partId: string;
  verdict: Verdict;
  why: Why | null;
  said: NewReview;
  isBlind: boolean;
  /** Null while the station has not noted it yet. */
  noted: { review: number; at: number } | null;
}
/** An answer, or its undoing, that the station did not take. */
export interface Failure {
  answer: Answered;
  what: "answer" | "undo";
  error: Error;
}
export interface RowState {
  answered: readonly Answered[];
  /** Keys of answers that are too long ago to be undone by one press. */
  settledUpTo: number;
  /** Parts that wait again, or still, though the station's last list may not have them. */
  back: readonly ToReview[];
  failures: readonly Failure[];
}
export const NOTHING_SAID: RowState = { answered: [], settledUpTo: 0, back: [], failures: [] };

export type Happened =
  | { what: "answered"; answer: Answered }
  | { what: "noted"; key: number; review: number; at: number }
  | { what: "not noted"; key: number; error: Error }
  /** Told at once; the station is asked meanwhile. */
  | { what: "undone"; key: number }
  | { what: "not undone"; answer: Answered; error: Error }
  | { what: "settled"; key: number }
  | { what: "dismissed"; key: number }
  /** Other parts are gone through from now on. */
  | { what: "turned" };

export function rowAfter(state: RowState, happened: Happened): RowState {
  const answer = "key" in happened ? state.answered.find((each) => each.key === happened.key) : undefined;
  const without = (key: number) => state.answered.filter((each) => each.key !== key);
  const waitsAgain = ({ id, why }: ToReview) => [...state.back.filter((each) => each.id !== id), { id, why }];
  switch (happened.what) {
    case "answered":
      return { ...state, answered: [...state.answered, happened.answer], failures: state.failures.filter((each) => each.answer.id !== happened.answer.id), back: state.back.filter((each) => each.id !== happened.answer.id) };
    case "noted":
      return { ...state, answered: state.answered.map((each) => (each.key === happened.key ? { ...each, noted: { review: happened.review, at: happened.at } } : each)) };
    case "not noted":
      return answer === undefined ? state : { ...state, answered: without(happened.key), back: waitsAgain(answer), failures: [...state.failures, { answer, what: "answer", error: happened.error }] };
    case "undone":
      return answer === undefined ? state : { ...state, answered: without(happened.key), back: waitsAgain(answer) };
    case "not undone":
      return { ...state, answered: [...state.answered, happened.answer], back: state.back.filter((each) => each.id !== happened.answer.id), failures: [...state.failures, { answer: happened.answer, what: "undo", error: happened.error }] };
    case "settled":
      return { ...state, settledUpTo: Math.max(state.settledUpTo, happened.key) };
    case "turned":
      return { ...state, back: [] };
    case "dismissed":
      return { ...state, failures: state.failures.filter((each) => each.answer.key !== happened.key) };
  }
}

/** The answer that one press undoes. */
export function undoable(state: RowState): Answered | null {
  const last = state.answered.at(-1);
  return last === undefined || last.key <= state.settledUpTo ? null : last;
}

/** Answered here, and the station's list, fetched at `fetchedAt`, may not know it yet. */
function isAnswered(state: RowState, id: number, fetchedAt: number): boolean {
  return state.answered.some((each) => each.id === id && (each.noted === null || each.noted.at >= fetchedAt));
}

interface Fetched {
  items: readonly ToReview[];
  fetchedAt: number;
  /** A queue loses what is answered, and is oldest first; a list of parts keeps all, newest first. */
  isQueue: boolean;
}

/** What is gone through, in order. The part on the screen stays in it even where somebody else has just reviewed it. */
export function rowOf(fetched: Fetched, state: RowState, current: number | null): ToReview[] {
  const all = new Map<number, ToReview>();
  for (const each of [...fetched.items, ...state.back]) {
    if (!fetched.isQueue || !isAnswered(state, each.id, fetched.fetchedAt)) all.set(each.id, each);
  }
  if (current !== null && !all.has(current) && !(fetched.isQueue && isAnswered(state, current, fetched.fetchedAt))) all.set(current, { id: current, why: null });
  return [...all.values()].sort((a, b) => (fetched.isQueue ? a.id - b.id : b.id - a.id));
}

/** The part so many places on; null beyond the ends. */
export function stepped(row: readonly ToReview[], current: number | null, by: number): number | null {
  const at = row.findIndex((each) => each.id === current);
  return at < 0 ? null : (row[at + by]?.id ?? null);
}

/** Where to go after an answer: on, and at the end of a queue back to what was left out. */
export function nextAfter(row: readonly ToReview[], answered: number, isQueue: boolean): number | null {
  const on = stepped(row, answered, 1);
  if (on !== null) return on;
  return isQueue ? (row.find((each) => each.id !== answered)?.id ?? null) : answered;
}

/** How many wait of each kind, less those answered here that the list still has. */
export function waitingNow(waiting: Record<Why, number>, fetched: Fetched, state: RowState): Record<Why, number> {
  const now = { ...waiting };
  for (const each of fetched.items) if (each.why !== null && isAnswered(state, each.id, fetched.fetchedAt)) now[each.why] = Math.max(0, now[each.why] - 1);
  return now;
}

export type Blind = "drawn" | "all" | "none";
export const BLIND: readonly Blind[] = ["drawn", "all", "none"];

/** Whether the verdict is hidden until the answer. Who comes from the list of parts has seen it. */
export function isBlindFor(blind: Blind, part: { why: Why | null; isDrawn: boolean; isQueue: boolean }): boolean {
  if (blind !== "drawn") return blind === "all";
  return part.why === "drawn" || (part.why === null && part.isDrawn && part.isQueue);
}
