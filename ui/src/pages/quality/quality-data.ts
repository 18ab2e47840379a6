// What the page Quality shows, worked out from the station's answer. No markup.
import type { Query } from "../../api/client";
import { address } from "../../api/client";
import type { GroupPoint, Quality, RejectShare } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import type { Catalogue } from "../../text/en";

export const PERIODS = ["day", "week", "month", "year"] as const;
export type Period = (typeof PERIODS)[number];
const HOURS: Record<Period, number> = { day: 24, week: 168, month: 720, year: 8_760 };

export const GROUPS = ["hour", "shift", "day", "parts"] as const;
export type GroupBy = (typeof GROUPS)[number];
export const CHARTS = ["p", "laney"] as const;
export type ChartKind = (typeof CHARTS)[number];

/** What is looked at, as it stands in the URL. */
export interface Looked {
  period: Period;
  style: string;
  by: GroupBy;
  /** Null: as the station chooses by the size of the groups. */
  chart: ChartKind | null;
}

export function lookedFromUrl(search: URLSearchParams): Looked {
  const one = <T extends string>(name: string, known: readonly T[]): T | null => known.find((each) => each === search.get(name)) ?? null;
  return { period: one("period", PERIODS) ?? "day", style: search.get("style") ?? "", by: one("by", GROUPS) ?? "hour", chart: one("chart", CHARTS) };
}

export function lookedToUrl(looked: Looked): string {
  const search = new URLSearchParams();
  if (looked.period !== "day") search.set("period", looked.period);
  if (looked.style !== "") search.set("style", looked.style);
  if (looked.by !== "hour") search.set("by", looked.by);
  if (looked.chart !== null) search.set("chart", looked.chart);
  return search.size === 0 ? "/quality" : `/quality?${search}`;
}

export function lookedToQuery(looked: Looked): Query {
  return { last_h: HOURS[looked.period], style: looked.style, by: looked.by, chart: looked.chart };
}

/** A share in percent: three significant places, so that a bound of 0.0299 % is not shown as 0. */
export function shareWords(share: number): string {
  const percent = 100 * share;
  if (percent === 0 || percent >= 100) return String(Math.round(percent));
  if (percent >= 10) return percent.toFixed(1);
  return percent >= 1 ? percent.toFixed(2) : percent.toPrecision(2).replace(/e.*/, "");
}

/** A round share in percent, without zeros behind it. */
export const claimWords = (share: number): string => String(Number((100 * share).toPrecision(3)));

export const shareOf = (share: RejectShare): number => (share.parts === 0 ? 0 : share.rejected / share.parts);

export function intervalWords(text: Catalogue, share: RejectShare): string {
  return fill(text.quality.interval, { low: shareWords(share.low), high: shareWords(share.high) });
}

export interface ParetoRow {
  name: string;
  count: string;
  /** Of the largest. */
  width: number;
  cumulative: string;
}

export const PARETO_MAX = 8;

/** The largest first, each with its share of all rejects and with what it makes together with those above. */
export function paretoRows(text: Catalogue, named: readonly { name: string; rejected: number }[], rejects: number, words: (name: string) => string): ParetoRow[] {
  const most = Math.max(1, ...named.map((each) => each.rejected));
  let sum = 0;
  return named.slice(0, PARETO_MAX).map((each) => {
    sum += each.rejected;
    return {
      name: words(each.name),
      count: fill(text.quality.of_rejects, { count: format.whole(each.rejected), share: shareWords(each.rejected / Math.max(1, rejects)) }),
      width: each.rejected / most,
      cumulative: fill(text.quality.cumulative, { share: shareWords(sum / Math.max(1, rejects)) }),
    };
  });
}

export interface ChartPoint {
  key: string;
  /** Both are shares of the plot, from the left and from below. */
  x: number;
  y: number;
  isOutside: boolean;
  words: string;
}

export interface ChartShape {
  points: ChartPoint[];
  /** Paths in a unit square whose y grows downwards. */
  line: string;
  low: string;
  high: string;
  centre: number | null;
  yTicks: { at: number; words: string }[];
  xTicks: { at: number; words: string }[];
}

interface Value {
  at: number;
  value: number;
  low: number | null;
  high: number | null;
  isOutside: boolean;
  words: string;
}

const TICKS_X = 5;

/** The chart of rejects. */
export function rejectShape(text: Catalogue, quality: Quality): ChartShape {
  const { points, centre } = quality.chart;
  const values = points.flatMap((point, at): Value[] => point.parts === 0 ? [] : [{
    at, value: point.rejected / point.parts, low: point.low, high: point.high, isOutside: point.is_outside,
    words: fill(text.quality_chart.point, { time: groupName(point), rejected: format.whole(point.rejected), parts: format.whole(point.parts), share: shareWords(point.rejected / point.parts) }),
  }]);
  return shape(values, points, centre, (value) => `${shareWords(value)} %`, true);
}

/** The moving average of good parts' scores. */
export function goodShape(text: Catalogue, quality: Quality): ChartShape {
  const { points } = quality.chart;
  const values = points.flatMap((point, at): Value[] => {
    const good = point.good;
    if (good === null || good.average === null) return [];
    const words = fill(text.quality_chart.good_point, { time: groupName(point), score: format.score(good.score), decided: format.milliseconds(good.decided_us) });
    return [{ at, value: good.average, low: good.low, high: good.high, isOutside: good.is_outside, words }];
  });
  return shape(values, points, quality.good.centre, (value) => value.toPrecision(3), false);
}

function shape(values: Value[], groups: readonly GroupPoint[], centre: number | null, words: (value: number) => string, isFromZero: boolean): ChartShape {
  const all = values.flatMap((each) => [each.value, each.low ?? each.value, each.high ?? each.value]);
  const least = isFromZero ? 0 : Math.min(...all, centre ?? Infinity);
  const most = Math.max(...all, centre ?? -Infinity);
  const span = (most - least) * 1.08 || 1;
  const floor = isFromZero ? 0 : least - (most - least) * 0.04;
  const x = (at: number): number => (at + 0.5) / Math.max(1, groups.length);
  const y = (value: number): number => (value - floor) / span;
  const width = 0.5 / Math.max(1, groups.length);
  const steps = (of: (each: Value) => number | null): string => values.flatMap((each, index) => {
    const value = of(each);
    if (value === null) return [];
    return [`${index === 0 ? "M" : "L"}${x(each.at) - width} ${1 - y(value)}L${x(each.at) + width} ${1 - y(value)}`];
  }).join("");
  const step = Math.max(1, Math.ceil(groups.length / TICKS_X));
  return {
    points: values.map((each) => ({ key: String(each.at), x: x(each.at), y: y(each.value), isOutside: each.isOutside, words: each.words })),
    line: values.map((each, index) => `${index === 0 ? "M" : "L"}${x(each.at)} ${1 - y(each.value)}`).join(""),
    low: steps((each) => each.low),
    high: steps((each) => each.high),
    centre: centre === null || values.length === 0 ? null : y(centre),
    yTicks: values.length === 0 ? [] : [0, 1, 2, 3].map((n) => ({ at: n / 3.24, words: words(floor + (span * n) / 3.24) })),
    xTicks: groups.flatMap((group, at) => (at % step === 0 ? [{ at: x(at), words: shortTime(group.from_us) }] : [])),
  };
}

/** As `11-29 06:00`. */
const shortTime = (us: number): string => format.dateTime(us).slice(5, 16);

function groupName(point: GroupPoint): string {
  const time = shortTime(point.from_us);
  return point.shift === null ? time : `${time} ${point.shift}`;
}

/** Since the earliest part that may be suspect: rejects as a list, and all parts as a file. */
export function suspectAddresses(quality: Quality, style: string): { list: string; csv: string } | null {
  if (quality.change === null) return null;
  const { triggered_at_us } = quality.change.earliest;
  const search = new URLSearchParams({ period: "custom", from: format.dateTime(triggered_at_us).replace(" ", "T") });
  if (style !== "") search.set("style", style);
  return { list: `/rejects?${search}`, csv: address("/api/results/export", { format: "csv", from_us: triggered_at_us, to_us: quality.to_us, style }) };
}

const MINUTE_US = 60_000_000;

/** How far apart two times are, in the largest unit that says it: `3 min`, `2.5 h`. */
export function distanceWords(us: number): string {
  const minutes = Math.abs(us) / MINUTE_US;
  if (minutes < 1) return `${Math.round(minutes * 60)} s`;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}
