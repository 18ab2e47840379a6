// What a page may know about something it asked for. A page must say what it shows in each state.
import type { UseQueryResult } from "@tanstack/react-query";
import { ApiError } from "./client";

export type Fetched<T> =
  | { state: "loading" }
  | { state: "failed"; error: ApiError }
  /** `staleBecause` is set when a later request failed: the value must then look stale. */
  | { state: "ready"; value: T; fetchedAt: number; staleBecause: ApiError | null };

type QueryFacts<T> = Pick<UseQueryResult<T, Error>, "data" | "error" | "dataUpdatedAt">;

/** A value that has arrived stays, marked stale, when a later request fails. */
export function fetchedFrom<T>(query: QueryFacts<T>): Fetched<T> {
  const error = query.error === null ? null : ApiError.from(query.error);
  if (query.data !== undefined) {
    return { state: "ready", value: query.data, fetchedAt: query.dataUpdatedAt, staleBecause: error };
  }
  return error === null ? { state: "loading" } : { state: "failed", error };
}

/** The value if there is one, fresh or stale. */
export function valueOf<T>(fetched: Fetched<T>): T | null {
  return fetched.state === "ready" ? fetched.value : null;
}
