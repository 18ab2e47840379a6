// What the pages ask the station for, as React hooks that return `Fetched`.
import { keepPreviousData, type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import { address, getJson, postJson, type Query } from "./client";
import { type Fetched, fetchedFrom } from "./fetched";
import { SESSION_KEY, type Standing } from "./session";
import { type LinkSnapshot, StationLink } from "./station-link";
import type { Alarm, AlarmSeen, EarlierWanted, Facets, Histogram, NewVersion, PartDetail, Quality, RecipeVersions, RecordedEvent, RecordedGap, ResultsPage, RulesWanted, Sorting, ThresholdEvidence, VersionCreated, WouldChange } from "./types";

export const StationLinkContext = createContext<StationLink>(new StationLink());

export function useStation(): LinkSnapshot {
  const link = useContext(StationLinkContext);
  return useSyncExternalStore(link.subscribe, link.read);
}

/** A row becomes durable a moment after its part leaves, so the newest results are asked for twice. */
const ASK_SOON_MS = 60;
const ASK_AGAIN_MS = 450;
const ASK_EVERY_MS = 300;

/** All that shows reviews is asked for again; a request that was under way would not know of the new one, and is dropped. */
export function reviewChanged(client: QueryClient, result: number): void {
  for (const queryKey of [["review"], ["part", result], ["results", "newest"], ["results", "older"]]) void client.invalidateQueries({ queryKey });
}

/** Starts the link while somebody may listen, and refreshes the newest results as parts leave and what was reviewed by others. */
export function useStartStation(link: StationLink, state: Standing["state"], isSilent: boolean): void {
  const client = useQueryClient();
  const isListening = state === "open" || state === "in" || (state === "unknown" && isSilent);
  useEffect(() => (isListening ? link.start() : undefined), [link, isListening]);
  useEffect(() => (state === "out" ? link.forget() : undefined), [link, state]);
  useEffect(() => link.onRefused(() => void client.invalidateQueries({ queryKey: SESSION_KEY })), [client, link]);
  useEffect(() => link.onReview((result) => reviewChanged(client, result)), [client, link]);
  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    let askedAt = 0;
    const ask = () => {
      askedAt = Date.now();
      void client.invalidateQueries({ queryKey: ["results", "newest"] });
    };
    const off = link.onPart((part) => {
      if (part === null) {
        void client.invalidateQueries();
        return;
      }
      soon ??= setTimeout(() => {
        soon = null;
        ask();
      }, Math.max(ASK_SOON_MS, askedAt + ASK_EVERY_MS - Date.now()));
      clearTimeout(again);
      again = setTimeout(ask, ASK_AGAIN_MS);
    });
    return () => {
      off();
      if (soon !== null) clearTimeout(soon);
      clearTimeout(again);
    };
  }, [client, link]);
}

export function useResults(query: Query): Fetched<ResultsPage> {
  const path = address("/api/results", query);
  // Only the page that starts at the newest result changes as parts leave.
  const kind = query.before === null || query.before === undefined ? "newest" : "older";
  return fetchedFrom(
    useQuery({ queryKey: ["results", kind, path], queryFn: () => getJson<ResultsPage>(path), placeholderData: keepPreviousData }),
  );
}

export function usePart(id: number | null): Fetched<PartDetail> {
  return fetchedFrom(
    useQuery({
      queryKey: ["part", id],
      queryFn: () => getJson<PartDetail>(`/api/results/${id}`),
      enabled: id !== null,
      staleTime: 60_000,
    }),
  );
}

export function useFacets(): Fetched<Facets> {
  return fetchedFrom(useQuery({ queryKey: ["facets"], queryFn: () => getJson<Facets>("/api/facets"), refetchInterval: 15_000 }));
}

const ALARMS_SHOWN_MAX = 30;

/** Alarms that came and went, in all jobs, newest first. */
export function useAlarmHistory(): Fetched<RecordedEvent[]> {
  const path = address("/api/alarms", { limit: ALARMS_SHOWN_MAX });
  return fetchedFrom(useQuery({ queryKey: ["alarms"], queryFn: () => getJson<RecordedEvent[]>(path), refetchInterval: 5_000 }));
}

const GAPS_SHOWN_MAX = 30;

/** Parts without a result, in all jobs, newest first. */
export function useGaps(): Fetched<RecordedGap[]> {
  const path = address("/api/gaps", { limit: GAPS_SHOWN_MAX });
  return fetchedFrom(useQuery({ queryKey: ["gaps"], queryFn: () => getJson<RecordedGap[]>(path), refetchInterval: 5_000 }));
}

export function useAcknowledge() {
  return useMutation({ mutationFn: (seen: AlarmSeen) => postJson<Alarm>("/api/alarms/acknowledge", seen) });
}

export function useRecipes(): Fetched<RecipeVersions[]> {
  return fetchedFrom(useQuery({ queryKey: ["recipes"], queryFn: () => getJson<RecipeVersions[]>("/api/recipes") }));
}

const recipePath = (style: string, rest: string): string => `/api/recipes/${encodeURIComponent(style)}/${rest}`;

export function useHistogram(style: string, view: number): Fetched<Histogram> {
  const path = address(recipePath(style, "histogram"), { view });
  return fetchedFrom(
    useQuery({ queryKey: ["histogram", path], queryFn: () => getJson<Histogram>(path), refetchInterval: 10_000 }),
  );
}

export function useQuality(query: Query): Fetched<Quality> {
  const path = address("/api/quality", query);
  return fetchedFrom(
    useQuery({ queryKey: ["quality", path], queryFn: () => getJson<Quality>(path), placeholderData: keepPreviousData, refetchInterval: 60_000 }),
  );
}

export interface Thresholds {
  reject_above: number;
  accept_below: number;
}
export const CHANGED_SHOWN_MAX = 24;

export function useWouldChange(style: string, view: number, limits: Thresholds, isWanted: boolean): Fetched<WouldChange> {
  const path = address(recipePath(style, "would-change"), { view, ...limits, limit: CHANGED_SHOWN_MAX });
  return fetchedFrom(
    useQuery({
      queryKey: ["would-change", path],
      queryFn: () => getJson<WouldChange>(path),
      enabled: isWanted,
      placeholderData: keepPreviousData,
    }),
  );
}

/** What wrong verdicts cost, in any unit; `prevalence` is a share. */
export interface Costs {
  escape: number | null;
  false_reject: number | null;
  prevalence: number | null;
}

/** What reviewed parts say of thresholds; it changes as parts are reviewed. */
export function useThresholdEvidence(style: string, view: number, limits: Thresholds, costs: Costs): Fetched<ThresholdEvidence> {
  const path = address(recipePath(style, "evidence"), { view, ...limits, cost_escape: costs.escape, cost_false_reject: costs.false_reject, prevalence: costs.prevalence });
  return fetchedFrom(useQuery({ queryKey: ["evidence", path], queryFn: () => getJson<ThresholdEvidence>(path), placeholderData: keepPreviousData }));
}

export function useSorting(style: string): Fetched<Sorting> {
  const path = recipePath(style, "rules");
  return fetchedFrom(useQuery({ queryKey: ["recipes", path], queryFn: () => getJson<Sorting>(path) }));
}

export function useSetRules(style: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rules: RulesWanted) => postJson<VersionCreated>(recipePath(style, "rules"), rules),
    onSettled: () => client.invalidateQueries({ queryKey: ["recipes"] }),
  });
}

export function useAddVersion(style: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: NewVersion) => postJson<VersionCreated>(recipePath(style, "versions"), version),
    onSettled: () => Promise.all([
      client.invalidateQueries({ queryKey: ["recipes"] }),
      client.invalidateQueries({ queryKey: ["histogram"] }),
    ]),
  });
}

/** Loading models beside a running line takes a while on a small computer. */
const LOAD_LIMIT_MS = 60_000;

export function useGoBack(style: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: EarlierWanted) => postJson<VersionCreated>(recipePath(style, "back"), wanted, LOAD_LIMIT_MS),
    onSettled: () => Promise.all(["recipes", "histogram"].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const imageAddress = (id: number, view: number): string => `/api/results/${id}/views/${view}/image`;
/** As a JPEG of at most so many pixels a row. */
export const thumbnailAddress = (id: number, view: number, width: number): string => `${imageAddress(id, view)}?width=${width}`;
export const overlayAddress = (id: number, view: number): string => `/api/results/${id}/views/${view}/overlay.png`;
