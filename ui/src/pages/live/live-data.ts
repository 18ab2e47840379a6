// What the live page shows, worked out from the station's status. No markup.
import type { LinkSnapshot } from "../../api/station-link";
import type { PartSummary, StationStatus } from "../../api/types";
import * as format from "../../format";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { reasonLine } from "../../verdict";

export const STRIP_LENGTH = 12;
/** The scale ends past the budget, so that a miss is seen as one. */
const BUDGET_SCALE = 1.25;

type Tone = "plain" | "good" | "bad" | "unsure";
const TONE: Record<PartSummary["verdict"], Tone> = { pass: "good", fail: "bad", not_decided: "unsure" };

export interface LiveData {
  part: PartSummary;
  reason: string;
  tone: Tone;
  score: { value: string; at: number | null; marks: { at: number; label: string }[] };
  time: { value: string; at: number | null; tone: Tone; marks: { at: number; label: string }[]; note: string };
  views: { view: number; name: string }[];
}

/** The newest part, or null while there is none. */
export function liveData(text: Catalogue, status: StationStatus, recent: readonly PartSummary[]): LiveData | null {
  const part = currentPart(status, recent);
  if (part === null) return null;
  const recipe = status.recipes.find((each) => each.style === part.style) ?? null;
  const names = part.views.length > 0 ? part.views : (recipe?.views ?? []);
  return {
    part,
    reason: reasonLine(text, part),
    tone: TONE[part.verdict],
    score: {
      value: format.score(part.score),
      at: part.score,
      marks: thresholdMarks(text, recipe?.views ?? []),
    },
    time: decisionTime(text, part, status.budget.decide_by_ms),
    views: names.map((each, view) => ({ view, name: each.name })),
  };
}

function currentPart(status: StationStatus, recent: readonly PartSummary[]): PartSummary | null {
  const newest = recent[0] ?? null;
  if (newest !== null && (status.job === null || newest.job === status.job.id)) return newest;
  return status.last;
}

/** One mark per distinct threshold: a score above the highest of them is a reject in any view. */
function thresholdMarks(text: Catalogue, views: { reject_above: number }[]): { at: number; label: string }[] {
  const distinct = [...new Set(views.map((view) => view.reject_above))].sort((a, b) => a - b);
  return distinct.map((at, index) => ({
    at,
    label: index === 0 ? `${text.live.reject_above} ${format.score(at)}` : format.score(at),
  }));
}

function decisionTime(text: Catalogue, part: PartSummary, budgetMs: number): LiveData["time"] {
  const us = part.decided_after_us;
  const isOver = us !== null && us > budgetMs * 1_000;
  return {
    value: us === null ? text.live.no_decision : `${format.milliseconds(us)} ${text.unit.ms}`,
    at: us === null ? null : us / (budgetMs * 1_000 * BUDGET_SCALE),
    tone: us === null ? "unsure" : isOver ? "bad" : "plain",
    marks: [{ at: 1 / BUDGET_SCALE, label: fill(text.live.budget, { ms: format.whole(budgetMs) }) }],
    note: isOver ? text.live.over_budget : "",
  };
}

export interface CountCell {
  name: string;
  value: string;
  unit?: string;
  tone: "plain" | "good" | "bad" | "unsure" | "quiet";
}

export function countCells(text: Catalogue, status: StationStatus): CountCell[] {
  const { counts } = status;
  const trouble = (value: number): CountCell["tone"] => (value === 0 ? "quiet" : "bad");
  return [
    { name: text.live.parts, value: format.whole(counts.parts), tone: "plain" },
    { name: text.live.yield, value: format.percent(counts.pass, counts.parts), unit: text.unit.percent, tone: "plain" },
    { name: text.verdict.fail, value: format.whole(counts.fail), tone: "plain" },
    { name: text.verdict.not_decided, value: format.whole(counts.not_decided), tone: counts.not_decided === 0 ? "quiet" : "unsure" },
    { name: text.live.deadline_misses, value: format.whole(counts.deadline_misses), tone: trouble(counts.deadline_misses) },
    { name: text.live.images_dropped, value: format.whole(counts.images_dropped), tone: trouble(counts.images_dropped) },
  ];
}

export function agreementCells(text: Catalogue, agreement: NonNullable<StationStatus["agreement"]>): CountCell[] {
  return [
    { name: text.live.agree, value: format.whole(agreement.agree), tone: "plain" },
    { name: text.live.missed_defects, value: format.whole(agreement.missed_defects), tone: agreement.missed_defects === 0 ? "quiet" : "bad" },
    { name: text.live.false_rejects, value: format.whole(agreement.false_rejects), tone: agreement.false_rejects === 0 ? "quiet" : "unsure" },
    { name: text.verdict.not_decided, value: format.whole(agreement.not_decided), tone: "quiet" },
  ];
}

export const liveImage = (view: number, part: PartSummary): string => `/api/live/${view}/image.jpg?part_no=${part.part_no}`;
export const liveOverlay = (view: number, part: PartSummary): string => `/api/live/${view}/overlay.png?part_no=${part.part_no}`;

export type Waiting = { title: string; body: string };

/** Why there is no part to show. */
export function waitingWords(text: Catalogue, status: NonNullable<LinkSnapshot["status"]>): Waiting {
  const state = text.state[status.state];
  return status.job === null
    ? { title: text.live.no_job_title, body: fill(text.live.no_job_body, { state }) }
    : { title: text.live.waiting_title, body: fill(text.live.waiting_body, { state }) };
}
