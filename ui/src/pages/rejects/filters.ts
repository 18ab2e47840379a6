// The filters of the rejects page, as they stand in the URL and as the station is asked.
import type { Query } from "../../api/client";

export const PERIODS = ["all", "hour", "shift", "day", "week", "custom"] as const;
export type Period = (typeof PERIODS)[number];

export interface Filters {
  period: Period;
  /** Local date and time as `2026-11-24T02:27`, for the custom period; empty when open. */
  from: string;
  to: string;
  style: string;
  cause: string;
  defect: string;
  lane: string;
  isUnconfirmed: boolean;
  partId: string;
}

export const NO_FILTERS: Filters = { period: "all", from: "", to: "", style: "", cause: "", defect: "", lane: "", isUnconfirmed: false, partId: "" };
const PERIOD_HOURS: Partial<Record<Period, number>> = { hour: 1, shift: 8, day: 24, week: 168 };
const US_PER_HOUR = 3_600_000_000;
const MINUTE_MS = 60_000;
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

export function filtersFromUrl(search: URLSearchParams): Filters {
  const period = PERIODS.find((each) => each === search.get("period")) ?? "all";
  const time = (name: string): string => {
    const value = search.get(name) ?? "";
    return period === "custom" && LOCAL_TIME.test(value) ? value : "";
  };
  return {
    period,
    from: time("from"),
    to: time("to"),
    style: search.get("style") ?? "",
    cause: search.get("cause") ?? "",
    defect: search.get("defect") ?? "",
    lane: search.get("lane") ?? "",
    isUnconfirmed: search.get("unconfirmed") === "true",
    partId: search.get("part_id") ?? "",
  };
}

/** Only what differs from `NO_FILTERS`, so that an unfiltered page has a plain address. */
export function filtersToUrl(filters: Filters): URLSearchParams {
  const search = new URLSearchParams();
  if (filters.period !== "all") search.set("period", filters.period);
  if (filters.period === "custom") {
    if (filters.from) search.set("from", filters.from);
    if (filters.to) search.set("to", filters.to);
  }
  if (filters.style) search.set("style", filters.style);
  if (filters.cause) search.set("cause", filters.cause);
  if (filters.defect) search.set("defect", filters.defect);
  if (filters.lane) search.set("lane", filters.lane);
  if (filters.isUnconfirmed) search.set("unconfirmed", "true");
  if (filters.partId) search.set("part_id", filters.partId);
  return search;
}

export const isFiltered = (filters: Filters): boolean => filtersToUrl(filters).size > 0;

/** What the station is asked. `nowMs` is cut to the minute, so that the question stays the same within one. */
export function filtersToQuery(filters: Filters, nowMs: number): Query {
  const hours = PERIOD_HOURS[filters.period];
  const minute = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return {
    disposition: "reject",
    style: filters.style,
    cause: filters.cause,
    defect: filters.defect,
    lane: filters.lane,
    unconfirmed: filters.isUnconfirmed ? "true" : null,
    part_id: filters.partId,
    from_us: hours === undefined ? localUs(filters.from) : minute * 1_000 - hours * US_PER_HOUR,
    to_us: localUs(filters.to),
  };
}

function localUs(local: string): number | null {
  const ms = local === "" ? Number.NaN : new Date(local).getTime();
  return Number.isNaN(ms) ? null : ms * 1_000;
}

/** A page's position: the result id before which it starts, or null for the newest page. */
export function pageFromUrl(search: URLSearchParams): number | null {
  const before = search.get("before");
  return before !== null && /^\d+$/.test(before) ? Number(before) : null;
}
