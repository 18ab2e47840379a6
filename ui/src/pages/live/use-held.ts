// The reject that Live holds until somebody answers it, also over a visit to another page and a reload.
import { useState } from "react";
import { usePart, useResults } from "../../api/queries";
import { useQueue } from "../../api/reviewing";
import { valueOf } from "../../api/fetched";
import type { PartDetail } from "../../api/types";
import { type OneByOne, useRow } from "../review/use-row";
import { lastReject, othersWaiting } from "./held-data";

const HELD_KEY = "inspector.held";
/** Rejects without a picture, as while a camera is gone, may stand before the newest one with a picture. */
const LOOK_BACK = 12;

export interface Held {
  id: number | null;
  part: PartDetail | null;
  others: number;
  one: OneByOne;
}

function remembered(): number | null {
  const kept = Number(sessionStorage.getItem(HELD_KEY));
  return Number.isSafeInteger(kept) && kept > 0 ? kept : null;
}

export function useHeld(): Held {
  const [held, setHeld] = useState<number | null>(remembered);
  const [answered, setAnswered] = useState<number | null>(null);
  const rejects = valueOf(useResults({ disposition: "reject", limit: LOOK_BACK }));
  const newest = rejects === null ? null : lastReject(rejects.items);
  const fetched = usePart(held);
  const part = valueOf(fetched);
  const hold = (id: number | null) => {
    if (id === null) sessionStorage.removeItem(HELD_KEY);
    else sessionStorage.setItem(HELD_KEY, String(id));
    setHeld(id);
  };
  // Somebody else answered it, or the log no longer has it.
  const isOver = held !== null && (fetched.state === "failed" || (part !== null && part.id === held && part.review !== null));
  if (isOver || (held === null && newest !== null && newest !== answered)) hold(isOver ? null : newest);

  const waiting = valueOf(useQueue({ style: "", why: "", isWanted: true }).row)?.waiting ?? null;
  const items = held === null ? [] : [{ id: held, why: null }];
  const one = useRow({
    fetched: { row: { state: "ready", value: { items, waiting: null, oldestAt: null }, fetchedAt: 0, staleBecause: null }, pages: [], hasMore: false, more: () => undefined },
    isQueue: true,
    which: "live",
    current: held,
    go: (id) => {
      // The answered one is on its way to the log: it must not come back from a list that does not know of it yet.
      if (id === null) setAnswered(held);
      else setAnswered(null);
      hold(id);
    },
  });
  return { id: held, part: part?.id === held ? part : null, others: othersWaiting(waiting, held !== null), one };
}
