// Which of the last parts stands at which place of the strip. No markup.
import type { PartSummary } from "../../api/types";

/** A part keeps its place until as many newer ones as there are places have come: nothing moves under a finger. */
export function slotsOf(newestFirst: readonly PartSummary[], places: number): (PartSummary | null)[] {
  const slots: (PartSummary | null)[] = Array.from({ length: places }, () => null);
  for (const part of newestFirst) slots[part.part_no % places] ??= part;
  return slots;
}

export const slotKey = (part: PartSummary): string => `${part.job}/${part.part_no}`;

/** The places as they were when a finger came down, with what was learnt of the same parts since. */
export function stillSlots(frozen: readonly (PartSummary | null)[], known: readonly PartSummary[]): (PartSummary | null)[] {
  const now = new Map(known.map((part) => [slotKey(part), part]));
  return frozen.map((part) => {
    if (part === null || part.id !== null) return part;
    return now.get(slotKey(part)) ?? part;
  });
}
