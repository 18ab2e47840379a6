// Where a model looks, as people write it: numbers apart by commas, one ignored place a line.
import type { Place } from "../../api/types";

/** What stands in the fields; and by what parts are found first, which has none. */
export type PlaceText = { region: string; ignore: string; isMm: boolean; align: Place["align"] };

/** Numbers that a person wrote, in any notation of a list; null where something else stands there. */
function numbers(text: string): number[] | null {
  const parts = text.split(/[\s,;，；、]+/).filter((part) => part !== "").map(Number);
  return parts.every(Number.isFinite) ? parts : null;
}

const isShape = (found: number[] | null): found is number[] =>
  found !== null && (found.length === 4 || (found.length >= 6 && found.length % 2 === 0));

/** The place, null for the whole frame, or which field is no place. */
export function placeOf(text: PlaceText): { place: Place | null } | { wrong: "region" | "ignore" } {
  const region = text.region.trim() === "" ? null : numbers(text.region);
  if (text.region.trim() !== "" && region?.length !== 4) return { wrong: "region" };
  const lines = text.ignore.split("\n").filter((line) => line.trim() !== "").map(numbers);
  const ignore = lines.filter(isShape);
  if (ignore.length !== lines.length) return { wrong: "ignore" };
  if (region === null && ignore.length === 0 && text.align === null) return { place: null };
  return { place: { unit: text.isMm ? "mm" : "px", region, ignore, align: text.align } };
}

/** What the fields begin with. */
export function textOf(place: Place | undefined): PlaceText {
  return { region: place?.region?.join(", ") ?? "", ignore: (place?.ignore ?? []).map((shape) => shape.join(", ")).join("\n"), isMm: place?.unit === "mm", align: place?.align ?? null };
}
