// The pages: each is fetched when it is first shown, and all of them once the first one stands, so that they are there when the
// station does not answer.
import { type ComponentType, lazy } from "react";
import { PageMissing } from "../shell/page-missing";
import { fetchLanguages } from "../text/language";

/** The first page has what it shows by then. */
const FETCH_REST_MS = 4_000;

const fetches: (() => Promise<unknown>)[] = [fetchLanguages];

/** One that cannot be fetched says so in its place. */
function page<Props extends object>(fetch: () => Promise<ComponentType<Props>>) {
  fetches.push(fetch);
  return lazy(async () => ({ default: await fetch().catch((): ComponentType<Props> => PageMissing) }));
}

export const LivePage = page(async () => (await import("./live/live-page")).LivePage);
export const RejectsPage = page(async () => (await import("./rejects/rejects-page")).RejectsPage);
export const ReviewPage = page(async () => (await import("./review/review-page")).ReviewPage);
export const PartPage = page(async () => (await import("./part/part-page")).PartPage);
export const LinePage = page(async () => (await import("./line/line-page")).LinePage);
export const StationPage = page(async () => (await import("./station/station-page")).StationPage);
export const QualityPage = page(async () => (await import("./quality/quality-page")).QualityPage);
export const TuningPage = page(async () => (await import("./tuning/tuning-page")).TuningPage);
export const TeachPage = page(async () => (await import("./teach/teach-page")).TeachPage);

/** Fetches what the first page did not need. What fails is fetched again when it is shown. */
export function fetchLater(): void {
  setTimeout(() => void Promise.allSettled(fetches.map((fetch) => fetch())), FETCH_REST_MS);
}
