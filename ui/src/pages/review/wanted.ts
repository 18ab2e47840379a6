// What the address of the page says: which parts are gone through, which one is on the screen, and how they are shown.
import type { Why } from "../../api/types";

export const WHYS = ["reject", "not_decided", "near", "drawn"] as const satisfies readonly Why[];

export interface Wanted {
  /** Whether the parts are those of the list, by its filters, and not those that wait. */
  isList: boolean;
  style: string;
  why: Why | "";
  part: number | null;
  isGallery: boolean;
}

export function wantedFromUrl(search: URLSearchParams): Wanted {
  const part = search.get("part") ?? "";
  const isList = search.get("among") === "list";
  return {
    isList,
    style: search.get("style") ?? "",
    why: WHYS.find((each) => each === search.get("why")) ?? "",
    part: /^\d{1,16}$/.test(part) && Number.isSafeInteger(Number(part)) ? Number(part) : null,
    isGallery: !isList && search.get("view") === "gallery",
  };
}

/** The same address with something else: a list keeps the filters that it came with. */
export function reviewAddress(search: URLSearchParams, change: Partial<Omit<Wanted, "isList">>): string {
  const next = new URLSearchParams(search);
  const put = (name: string, value: string) => (value === "" ? next.delete(name) : next.set(name, value));
  if (change.style !== undefined) put("style", change.style);
  if (change.why !== undefined) put("why", change.why);
  if (change.part !== undefined) put("part", change.part === null ? "" : String(change.part));
  if (change.isGallery !== undefined) put("view", change.isGallery ? "gallery" : "");
  return next.size === 0 ? "/review" : `/review?${next}`;
}
