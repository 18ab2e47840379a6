// The parts before and after one, within the same filters.
import { useQuery } from "@tanstack/react-query";
import { address, getJson, type Query } from "../../api/client";
import { valueOf, fetchedFrom } from "../../api/fetched";
import type { PartDetail, PartSummary, ResultsPage } from "../../api/types";

export interface Neighbours {
  newer: number | null;
  older: number | null;
}
const WINDOW_US = [60_000_000, 3_600_000_000, null];
const PAGE_LENGTH = 200;
const PAGES_MAX = 10;

/** Of results listed newest first, the id that follows `id` most closely. */
export function closestNewer(items: readonly Pick<PartSummary, "id">[], id: number): number | null {
  return items.reduce<number | null>((closest, item) => {
    if (item.id === null || item.id <= id) return closest;
    return closest === null || item.id < closest ? item.id : closest;
  }, null);
}

export function useNeighbours(part: PartDetail | null, filters: Query): Neighbours {
  const key = address("", filters);
  const found = useQuery({
    queryKey: ["neighbours", part?.id ?? null, key],
    queryFn: () => findNeighbours(part as PartDetail, filters),
    enabled: part !== null && part.id !== null,
  });
  return valueOf(fetchedFrom(found)) ?? { newer: null, older: null };
}

async function findNeighbours(part: PartDetail, filters: Query): Promise<Neighbours> {
  const id = part.id ?? 0;
  const older = await getJson<ResultsPage>(address("/api/results", { ...filters, before: id, limit: 1 }));
  return { newer: await findNewer(part, filters), older: older.items[0]?.id ?? null };
}

/** The API pages towards older results only, so look in growing windows of time after the part. */
async function findNewer(part: PartDetail, filters: Query): Promise<number | null> {
  const id = part.id ?? 0;
  for (const window of WINDOW_US) {
    const query = { ...filters, from_us: part.triggered_at_us, to_us: window === null ? null : part.triggered_at_us + window };
    let before: number | null = null;
    let closest: number | null = null;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const page: ResultsPage = await getJson<ResultsPage>(address("/api/results", { ...query, before, limit: PAGE_LENGTH }));
      closest = closestNewer(page.items, id) ?? closest;
      before = page.next_before;
      if (before === null || before <= id) break;
    }
    if (closest !== null) return closest;
  }
  return null;
}
