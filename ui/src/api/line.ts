// What the Line page asks the station for, twice a second.
import { useQuery } from "@tanstack/react-query";
import { getJson } from "./client";
import { type Fetched, fetchedFrom } from "./fetched";
import type { LineStatus } from "./types";

const ASK_EVERY_MS = 500;

export function useLine(): Fetched<LineStatus> {
  return fetchedFrom(useQuery({ queryKey: ["line"], queryFn: () => getJson<LineStatus>("/api/line"), refetchInterval: ASK_EVERY_MS }));
}
