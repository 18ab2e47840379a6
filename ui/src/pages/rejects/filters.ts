// The filters of the list of parts, as they stand in the URL and as the station is asked.
import type { Query } from "../../api/client";
import type { ReviewMark } from "../../api/types";

export const PERIODS = ["all", "hour", "shift", "day", "week", "custom"] as const;
export type Period = (typeof PERIODS)[number];
/** Which parts: without a choice those that were rejected. */
export const SHOWN = ["reject", "fail", "not_decided", "pass", "all"] as const;
export type Shown = (typeof SHOWN)[number];
/** What the reviews of a part come to. */
export const JUDGEMENTS = ["defect", "good", "cannot_tell", "disputed"] as const satisfies readonly ReviewMark[];

export interface Filters {
  show: Shown;
  period: Period;
  /** Local date and time as `2026-11-24T02:27`, for the custom period; empty when open. */
  from: string;
  to: string;
  style: string;
  cause: string;
  defect: string;
  lane: string;
  isUnconfirmed: boolean;
  /** Any piece of a part ID. */
  piece: string;
  /** Scores as they are typed, 0 to 1; empty when open. */
  scoreFrom: string;
  scoreTo: string;
  recipeVersion: string;
  reviewed: "" | "yes" | "no";
  judgement: "" | ReviewMark;
  reviewer: string;
}

export const NO_FILTERS: Filters = {
  show: "reject", period: "all", from: "", to: "", style: "", cause: "", defect: "", lane: "", isUnconfirmed: false, piece: "",
  scoreFrom: "", scoreTo: "", recipeVersion: "", reviewed: "", judgement: "", reviewer: "",
};
const PERIOD_HOURS: Partial<Record<Period, number>> = { hour: 1, shift: 8, day: 24, week: 168 };
const US_PER_HOUR = 3_600_000_000;
const MINUTE_MS = 60_000;
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

/** Whether the station takes it as a score. A comma is a point, as people of many countries type it. */
export const isScore = (typed: string): boolean => typed === "" || (/^\d*[.,]?\d*$/.test(typed) && /\d/.test(typed) && Number(typed.replace(",", ".")) <= 1);
export const isVersion = (typed: string): boolean => typed === "" || /^[1-9]\d{0,8}$/.test(typed);

const oneOf = <T extends string>(known: readonly T[], value: string | null): T | undefined => known.find((each) => each === value);

export function filtersFromUrl(search: URLSearchParams): Filters {
  const period = oneOf(PERIODS, search.get("period")) ?? "all";
  const word = (name: string): string => search.get(name) ?? "";
  const checked = (name: string, isGood: (typed: string) => boolean): string => (isGood(word(name)) ? word(name) : "");
  const time = (name: string): string => (period === "custom" && LOCAL_TIME.test(word(name)) ? word(name) : "");
  return {
    show: oneOf(SHOWN, search.get("show")) ?? "reject",
    period,
    from: time("from"),
    to: time("to"),
    style: word("style"),
    cause: word("cause"),
    defect: word("defect"),
    lane: word("lane"),
    isUnconfirmed: search.get("unconfirmed") === "true",
    // Addresses of before version 0.3 name the beginning of an ID.
    piece: word("q") || word("part_id"),
    scoreFrom: checked("score_from", isScore),
    scoreTo: checked("score_to", isScore),
    recipeVersion: checked("recipe_version", isVersion),
    reviewed: oneOf(["yes", "no"] as const, search.get("reviewed")) ?? "",
    judgement: oneOf(JUDGEMENTS, search.get("judgement")) ?? "",
    reviewer: word("reviewer"),
  };
}

/** Only what differs from `NO_FILTERS`, so that an unfiltered page has a plain address. */
export function filtersToUrl(filters: Filters): URLSearchParams {
  const search = new URLSearchParams();
  const put = (name: string, value: string) => value !== "" && search.set(name, value);
  if (filters.show !== "reject") search.set("show", filters.show);
  if (filters.period !== "all") search.set("period", filters.period);
  if (filters.period === "custom") {
    put("from", filters.from);
    put("to", filters.to);
  }
  put("style", filters.style);
  put("cause", filters.cause);
  put("defect", filters.defect);
  put("lane", filters.lane);
  if (filters.isUnconfirmed) search.set("unconfirmed", "true");
  put("q", filters.piece);
  put("score_from", filters.scoreFrom);
  put("score_to", filters.scoreTo);
  put("recipe_version", filters.recipeVersion);
  put("reviewed", filters.reviewed);
  put("judgement", filters.judgement);
  put("reviewer", filters.reviewer);
  return search;
}

export const isFiltered = (filters: Filters): boolean => filtersToUrl({ ...filters, show: "reject" }).size > 0;

/** How many of the filters that are folded away are set. */
export const foldedAway = ({ cause, defect, scoreFrom, scoreTo, recipeVersion, judgement, reviewer, lane, isUnconfirmed }: Filters): number =>
  [cause, defect, scoreFrom, scoreTo, recipeVersion, judgement, reviewer, lane, isUnconfirmed ? "yes" : ""].filter((each) => each !== "").length;

const ASKED: Record<Shown, Query> = { reject: { disposition: "reject" }, fail: { verdict: "fail" }, not_decided: { verdict: "not_decided" }, pass: { verdict: "pass" }, all: {} };

/** What the station is asked. `nowMs` is cut to the minute, so that the question stays the same within one. */
export function filtersToQuery(filters: Filters, nowMs: number): Query {
  const hours = PERIOD_HOURS[filters.period];
  const minute = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return {
    ...ASKED[filters.show],
    style: filters.style,
    cause: filters.cause,
    defect: filters.defect,
    lane: filters.lane,
    unconfirmed: filters.isUnconfirmed ? "true" : null,
    q: filters.piece,
    from_us: hours === undefined ? localUs(filters.from) : minute * 1_000 - hours * US_PER_HOUR,
    to_us: localUs(filters.to),
    score_from: filters.scoreFrom.replace(",", "."),
    score_to: filters.scoreTo.replace(",", "."),
    recipe_version: filters.recipeVersion,
    reviewed: filters.reviewed,
    judgement: filters.judgement,
    reviewer: filters.reviewer,
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
