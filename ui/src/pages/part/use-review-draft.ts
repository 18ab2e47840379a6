// What a reviewer is about to say of one part, before the answer: class, place and reason.
import { useState } from "react";
import type { Judgement, NewReview, PartDetail, Region } from "../../api/types";

export interface ReviewDraft {
  class: string | null;
  region: Region | null;
  reason: string;
  isDrawing: boolean;
  set: (change: Partial<Pick<ReviewDraft, "class" | "region" | "reason" | "isDrawing">>) => void;
  /** A place was drawn, which ends the drawing. */
  draw: (region: Region) => void;
  clear: () => void;
}

interface Said {
  part: number | null;
  /** Undefined until somebody chooses: then it is what the station found. */
  class: string | null | undefined;
  region: Region | null;
  reason: string;
  isDrawing: boolean;
}

/** The class of the worst finding, where the reviewer may know it and can choose it. */
export function foundClass(part: Pick<PartDetail, "defect" | "classes" | "verdict"> | null, isBlind: boolean): string | null {
  if (part === null || isBlind || part.verdict === "pass" || part.defect === null) return null;
  return part.classes.includes(part.defect) ? part.defect : null;
}

/** Another part begins anew. */
export function useReviewDraft(part: PartDetail | null, isBlind: boolean): ReviewDraft {
  const id = part?.id ?? null;
  const empty: Said = { part: id, class: undefined, region: null, reason: "", isDrawing: false };
  const [kept, setKept] = useState<Said>(empty);
  const said = kept.part === id ? kept : empty;
  const set = (change: Partial<Said>) => setKept((before) => ({ ...(before.part === id ? before : empty), ...change }));
  return {
    class: said.class === undefined ? foundClass(part, isBlind) : said.class,
    region: said.region,
    reason: said.reason,
    isDrawing: said.isDrawing,
    set,
    draw: (region) => set({ region, isDrawing: false }),
    clear: () => setKept(empty),
  };
}

/** A good part has no class of defect and no place of one. */
export function newReview(draft: Pick<ReviewDraft, "class" | "region" | "reason">, judgement: Judgement, author: string): NewReview {
  const reason = draft.reason.trim();
  return {
    judgement,
    class: judgement === "defect" ? draft.class : null,
    region: judgement === "good" ? null : draft.region,
    reason: reason === "" ? null : reason,
    author: author.trim(),
  };
}
