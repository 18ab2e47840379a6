// What the part page says about a part, worked out from its detail. No markup.
import type { PartDetail, ViewResult } from "../../api/types";
import * as format from "../../format";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { defectName } from "../../verdict";

/** One sentence for each view, and one for each verdict that came too late. */
export function whyLines(text: Catalogue, part: PartDetail): string[] {
  const views = part.view_results.map((view) => whyView(text, view));
  const late = part.late.map((each) =>
    fill(text.detail.why_late, {
      ms: format.milliseconds(each.decided_after_us),
      verdict: text.verdict[each.verdict],
      score: format.score(each.score),
    }),
  );
  if (views.length === 0 && part.cause !== null) {
    return [fill(text.detail.why_other, { view: part.part_id, cause: text.cause[part.cause] }), ...late];
  }
  return [...views, ...late];
}

function whyView(text: Catalogue, view: ViewResult): string {
  const facts = {
    view: view.name,
    score: format.score(view.score),
    accept: format.score(view.accept_below),
    reject: format.score(view.reject_above),
  };
  if (view.cause === null) return fill(text.detail.why_pass, { ...facts, threshold: facts.accept });
  switch (view.cause) {
    case "defect":
      return fill(text.detail.why_defect, { ...facts, threshold: facts.reject });
    case "uncertain":
      return fill(text.detail.why_uncertain, facts);
    case "deadline":
      return fill(text.detail.why_deadline, { ...facts, ms: format.milliseconds(view.times_us.decided_after) });
    default:
      return fill(text.detail.why_other, { ...facts, cause: text.cause[view.cause] });
  }
}

export interface TimeSpan {
  name: string;
  /** Microseconds after the trigger. */
  start: number;
  end: number;
  isWork: boolean;
}
export interface Timeline {
  spans: TimeSpan[];
  marks: { name: string; at: number; kind: "budget" | "decided" | "acted" }[];
  end: number;
}

/** The times of a view in order; the work after `started` is laid end to end, as it runs on one thread. */
export function timeline(text: Catalogue, view: ViewResult, actedUs: number | null, budgetUs: number | null): Timeline {
  const times = view.times_us;
  const spans: TimeSpan[] = [];
  let at = 0;
  const until = (name: string, end: number | null, isWork: boolean) => {
    if (end === null || end < at) return;
    spans.push({ name, start: at, end, isWork });
    at = end;
  };
  until(text.detail.time_exposed, times.exposed_after, false);
  until(text.detail.time_received, times.received_after, false);
  until(text.detail.time_started, times.started_after, false);
  const work: [string, number | null][] = [
    [text.detail.time_correct, times.correct],
    [text.detail.time_preprocess, times.preprocess],
    [text.detail.time_run, times.run],
    [text.detail.time_findings, times.findings],
  ];
  for (const [name, length] of work) until(name, length === null ? null : at + length, true);
  const marks: Timeline["marks"] = [];
  if (times.decided_after !== null) marks.push({ name: text.detail.time_decided, at: times.decided_after, kind: "decided" });
  if (actedUs !== null) marks.push({ name: text.detail.time_acted, at: actedUs, kind: "acted" });
  if (budgetUs !== null) marks.push({ name: text.detail.time_budget, at: budgetUs, kind: "budget" });
  const end = Math.max(1, at, ...marks.map((mark) => mark.at)) * 1.04;
  return { spans, marks, end };
}

export interface FindingRow {
  key: string;
  class: string;
  score: string;
  box: string;
  areaPx: string;
  areaMm2: string;
  /** Width and height on the part. */
  sizeMm: string;
}

function sizeMm(box: number[] | null): string {
  if (box === null) return format.NO_VALUE;
  const [, , width = 0, height = 0] = box;
  return `${width.toFixed(1)} × ${height.toFixed(1)}`;
}

export function findingRows(text: Catalogue, view: ViewResult): FindingRow[] {
  return view.findings.map((finding) => {
    const [x = 0, y = 0, width = 0, height = 0] = finding.region;
    const box = `${x}, ${y}, ${width} × ${height}`;
    return {
      key: `${finding.class} ${box} ${finding.score}`,
      class: defectName(text, finding.class),
      score: format.score(finding.score),
      box,
      areaPx: format.whole(finding.area_px),
      areaMm2: finding.area_mm2 === null ? format.NO_VALUE : finding.area_mm2.toFixed(2),
      sizeMm: sizeMm(finding.box_mm),
    };
  });
}
