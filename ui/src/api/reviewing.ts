// What the pages ask the station for about reviews: the queue, one person's judgement, and its undoing.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { address, getJson, postJson, type Query } from "./client";
import { type Fetched, fetchedFrom } from "./fetched";
import { reviewChanged } from "./queries";
import type { NewReview, ResultsPage, ReviewMade, ReviewPage, Undoing, Why } from "./types";

const PAGE_LENGTH = 50;
const ASK_EVERY_MS = 5_000;

/** A part to look at, and why it waits; null where it was taken from the list of parts. */
export interface ToReview {
  id: number;
  why: Why | null;
}
/** The parts to review one after another, as far as they were fetched. */
export interface Row {
  items: ToReview[];
  /** How many wait of each kind, of the style asked for; null where the row is a list of parts. */
  waiting: ReviewPage["waiting"] | null;
  oldestAt: string | null;
}
export interface FetchedRow {
  row: Fetched<Row>;
  pages: ReviewPage[];
  hasMore: boolean;
  more: () => void;
}

/** What waits for a review, oldest first, page after page; `more` fetches the next one. */
export function useQueue(query: { style: string; why: Why | ""; isWanted: boolean }): FetchedRow {
  const asked = { style: query.style, why: query.why, limit: PAGE_LENGTH };
  const found = useInfiniteQuery({
    queryKey: ["review", address("/api/review", asked)],
    queryFn: ({ pageParam }) => getJson<ReviewPage>(address("/api/review", { ...asked, after: pageParam })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: ASK_EVERY_MS,
    enabled: query.isWanted,
  });
  const pages = found.data?.pages ?? [];
  const row = pages[0] === undefined ? undefined : {
    items: pages.flatMap((page) => page.items).flatMap((each) => (each.id === null ? [] : [{ id: each.id, why: each.why }])),
    waiting: pages[0].waiting,
    oldestAt: pages[0].oldest_at,
  };
  return {
    row: fetchedFrom({ data: row, error: found.error, dataUpdatedAt: found.dataUpdatedAt }),
    pages,
    hasMore: found.hasNextPage,
    more: () => void (found.isFetching || found.fetchNextPage()),
  };
}

/** The same for parts of the list: newest first, from the page that starts before `before`. */
export function useListedRow(query: Query, before: number | null, isWanted: boolean): FetchedRow {
  const found = useInfiniteQuery({
    queryKey: ["results", "reviewed one by one", address("/api/results", query), before],
    queryFn: ({ pageParam }) => getJson<ResultsPage>(address("/api/results", { ...query, before: pageParam, limit: PAGE_LENGTH })),
    initialPageParam: before,
    getNextPageParam: (page) => page.next_before,
    enabled: isWanted,
    staleTime: Infinity,
  });
  const items = found.data?.pages.flatMap((page) => page.items).flatMap((each) => (each.id === null ? [] : [{ id: each.id, why: null }]));
  const row = items === undefined ? undefined : { items, waiting: null, oldestAt: null };
  return {
    row: fetchedFrom({ data: row, error: found.error, dataUpdatedAt: found.dataUpdatedAt }),
    pages: [],
    hasMore: found.hasNextPage,
    more: () => void (found.isFetching || found.fetchNextPage()),
  };
}

function useReviewChanged(): (result: number) => void {
  const client = useQueryClient();
  return (result) => reviewChanged(client, result);
}

export function useReview() {
  const changed = useReviewChanged();
  return useMutation({
    mutationFn: ({ id, review }: { id: number; review: NewReview }) => postJson<ReviewMade>(`/api/results/${id}/reviews`, review),
    onSettled: (_made, _failure, { id }) => changed(id),
  });
}

/** `result` is whose review it is. */
export function useUndo() {
  const changed = useReviewChanged();
  return useMutation({
    mutationFn: ({ review, undoing }: { result: number; review: number; undoing: Undoing }) => postJson<unknown>(`/api/reviews/${review}/undo`, undoing),
    onSettled: (_made, _failure, { result }) => changed(result),
  });
}
