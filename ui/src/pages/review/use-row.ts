// Goes through parts one after another: answers at once, notes in the background, undoes, and keeps what failed.
import { useEffect, useEffectEvent, useReducer, useRef, useState } from "react";
import type { FetchedRow, ToReview } from "../../api/reviewing";
import { useReview, useUndo } from "../../api/reviewing";
import type { NewReview, PartDetail, Why } from "../../api/types";
import { valueOf } from "../../api/fetched";
import { type Answered, type Failure, nextAfter, NOTHING_SAID, rowAfter, rowOf, stepped, undoable, waitingNow } from "./row-state";

/** How long one press undoes the last answer; later it is undone on the part's own page. */
const UNDO_FOR_MS = 60_000;
/** Fewer than this left, and more are fetched. */
const AHEAD = 8;

interface Going {
  fetched: FetchedRow;
  isQueue: boolean;
  /** Says which parts are gone through. */
  which: string;
  current: number | null;
  go: (id: number | null) => void;
}

export interface OneByOne {
  row: readonly ToReview[];
  waiting: Record<Why, number> | null;
  last: Answered | null;
  failures: readonly Failure[];
  previous: number | null;
  next: number | null;
  answer: (part: PartDetail, why: Why | null, isBlind: boolean, said: NewReview) => void;
  /** Sends an answer again that was not noted. */
  again: (failure: Failure) => void;
  /** Takes the last answer back; its part is on the screen again. */
  undo: (author: string) => void;
  dismiss: (key: number) => void;
}

export function useRow({ fetched, isQueue, which, current, go }: Going): OneByOne {
  const [state, happened] = useReducer(rowAfter, NOTHING_SAID);
  const [before, setBefore] = useState(which);
  if (before !== which) {
    setBefore(which);
    happened({ what: "turned" });
  }
  const keys = useRef(0);
  const sending = useRef(new Map<number, Promise<number>>());
  const noting = useReview();
  const undoing = useUndo();
  const value = valueOf(fetched.row);
  const list = { items: value?.items ?? [], fetchedAt: fetched.row.state === "ready" ? fetched.row.fetchedAt : 0, isQueue };
  const row = rowOf(list, state, current);
  const place = row.findIndex((each) => each.id === current);
  const isNearEnd = value !== null && fetched.hasMore && row.length - place <= AHEAD;
  const more = useEffectEvent(() => fetched.more());
  useEffect(() => {
    if (isNearEnd) more();
  }, [isNearEnd, row.length]);

  const last = undoable(state);
  const lastKey = last?.noted == null ? null : last.key;
  useEffect(() => {
    if (lastKey === null) return;
    const timer = setTimeout(() => happened({ what: "settled", key: lastKey }), UNDO_FOR_MS);
    return () => clearTimeout(timer);
  }, [lastKey]);

  const send = (answer: Omit<Answered, "key" | "noted">) => {
    keys.current += 1;
    const key = keys.current;
    happened({ what: "answered", answer: { ...answer, key, noted: null } });
    const sent = noting.mutateAsync({ id: answer.id, review: answer.said }).then((made) => made.id);
    sending.current.set(key, sent);
    sent.then((made) => happened({ what: "noted", key, review: made, at: Date.now() }), (error: Error) => happened({ what: "not noted", key, error }));
    if (answer.id === current) go(nextAfter(row, answer.id, isQueue));
  };

  const undo = (author: string) => {
    if (last === null) return;
    happened({ what: "undone", key: last.key });
    go(last.id);
    const sent = sending.current.get(last.key);
    // Not noted yet: then first that. Where it is not noted at all there is nothing to undo.
    const takeBack = async () => {
      const review = last.noted?.review ?? (await sent?.catch(() => null)) ?? null;
      if (review === null) return;
      await undoing.mutateAsync({ result: last.id, review, undoing: { author, reason: null } })
        .catch((error: Error) => happened({ what: "not undone", answer: { ...last, noted: { review, at: Date.now() } }, error }));
    };
    void takeBack();
  };

  return {
    row,
    waiting: value?.waiting == null ? null : waitingNow(value.waiting, list, state),
    last,
    failures: state.failures,
    previous: stepped(row, current, -1),
    next: stepped(row, current, 1),
    answer: (part, why, isBlind, said) => {
      if (part.id !== null) send({ id: part.id, partId: part.part_id, verdict: part.verdict, why, isBlind, said });
    },
    again: ({ answer }) => send(answer),
    undo,
    dismiss: (key) => happened({ what: "dismissed", key }),
  };
}
