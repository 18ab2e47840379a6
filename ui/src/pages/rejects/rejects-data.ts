// What a row of the list of parts says. No markup.
import { address } from "../../api/client";
import type { PartSummary, ResultsPage } from "../../api/types";
import * as format from "../../format";
import { laneCell } from "../../widgets/lane";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { defectName } from "../../verdict";
import { type Filters, filtersToQuery, filtersToUrl } from "./filters";

/** Where a part of the list is reviewed, and which ones come after it: those of the same filters, from the same page on. */
export function reviewLink(id: number, filters: Filters, before: number | null): string {
  const search = filtersToUrl(filters);
  search.set("among", "list");
  if (before !== null) search.set("before", String(before));
  search.set("part", String(id));
  return `/review?${search}`;
}

export interface RejectRow {
  key: string;
  part: PartSummary;
  link: string | null;
  time: string;
  cause: string;
  defect: string;
  score: string;
  decided: string;
  lane: { lane: string; trouble: string | null };
}

export function rejectRows(text: Catalogue, page: ResultsPage, filters: Filters): RejectRow[] {
  const search = filtersToUrl(filters);
  search.set("among", "rejects");
  return page.items.map((part) => ({
    key: `${part.job}/${part.part_no}`,
    part,
    link: part.id === null ? null : `/parts/${part.id}?${search}`,
    time: format.dateTime(part.triggered_at_us),
    cause: part.cause === null ? format.NO_VALUE : text.cause[part.cause],
    defect: part.defect === null ? format.NO_VALUE : defectName(text, part.defect),
    score: format.score(part.score),
    decided: part.decided_after_us === null ? format.NO_VALUE : `${format.milliseconds(part.decided_after_us)} ${text.unit.ms}`,
    lane: laneCell(text, part),
  }));
}

export function matchedWords(text: Catalogue, matched: ResultsPage["matched"]): string {
  const words = matched.is_capped ? text.rejects.matched_capped : text.rejects.matched;
  return fill(words, { count: format.whole(matched.count) });
}

/** What the button offers, what most people want first. `excel` is CSV, marked so that Excel changes nothing. */
export const EXPORTS = ["xlsx", "excel", "csv", "jsonl", "qdas"] as const;
export type ExportKind = (typeof EXPORTS)[number];

export const exportAddress = (kind: ExportKind, filters: Filters, nowMs: number): string =>
  address("/api/results/export", {
    ...(kind === "excel" ? { format: "csv", excel: "true" } : { format: kind }),
    ...filtersToQuery(filters, nowMs),
  });

/** Why this one is not to be had now; null where it is. */
export const exportRefusal = (text: Catalogue, kind: ExportKind, filters: Filters, styles: string[]): string | null =>
  kind === "qdas" && filters.style === "" && styles.length > 1 ? text.rejects.exports_one_style : null;
