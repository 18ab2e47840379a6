// Where a model looks, as people write it: numbers apart by commas, one ignored place a line.
import type { Lesson, Place, RecipeVersions } from "../../api/types";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";

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

/** Which lesson something was typed for, and of which model: a newer one begins anew. */
type OfLesson = { id: number; taught: { at_us: number } | null };
const ofLesson = (lesson: OfLesson): string => `${lesson.id} ${lesson.taught?.at_us ?? ""}`;

export const keptText = (lesson: OfLesson, place: PlaceText): string => JSON.stringify({ of: ofLesson(lesson), place });

/** What was typed for this lesson; null where nothing was, or where the browser keeps something else. */
export function keptPlace(kept: string | null, lesson: OfLesson): PlaceText | null {
  try {
    const found = JSON.parse(kept ?? "null") as { of?: unknown; place?: Partial<PlaceText> } | null;
    if (found === null || found.of !== ofLesson(lesson) || found.place === undefined) return null;
    const { region, ignore, isMm, align } = found.place;
    return typeof region === "string" && typeof ignore === "string" ? { region, ignore, isMm: isMm === true, align: align ?? null } : null;
  } catch {
    return null;
  }
}

export interface PlaceInUse {
  style: string;
  version: number;
  place: Place;
}

/** Where the recipe in use looks through the lesson's camera; null where it is not one recipe that this lesson is for. */
export function placeInUse(recipes: readonly RecipeVersions[], lesson: Pick<Lesson, "camera" | "style">): PlaceInUse | null {
  const found = recipes
    .filter((recipe) => lesson.style === null || recipe.style === lesson.style)
    .flatMap(({ style, versions }) => versions.filter((each) => each.is_active).flatMap(({ version, views }) => views.filter((view) => view.camera === lesson.camera).map(({ place }) => ({ style, version, place }))));
  return found.length === 1 ? (found[0] ?? null) : null;
}

function regionWords(text: Catalogue, { region, unit }: Place): string {
  const [left, top, width, height] = region ?? [];
  return region === null ? text.teach.place_whole : fill(text.teach.place_region_value, { left: left ?? 0, top: top ?? 0, width: width ?? 0, height: height ?? 0, unit: unit === "mm" ? text.unit.mm : text.unit.px });
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const alignWords = (text: Catalogue, align: Place["align"]): string => (align ? fill(text.teach.place_align_by, { picture: align.reference }) : text.teach.place_align_none);

/** What changes for parts when a view looks at another place than before; empty where nothing does. */
export function placeChanges(text: Catalogue, before: Place, after: Place): string[] {
  const isOtherUnit = before.unit !== after.unit;
  const changes: string[] = [];
  const arrow = (name: string, from: string, to: string) => changes.push(fill(text.teach.place_changes, { name, before: from, after: to }));
  if (!isSame(before.region, after.region) || (isOtherUnit && after.region !== null)) arrow(text.teach.region, regionWords(text, before), regionWords(text, after));
  if (!isSame(before.ignore, after.ignore) || (isOtherUnit && after.ignore.length > 0)) {
    const [from, to] = [before.ignore.length, after.ignore.length];
    if (from === to) changes.push(fill(text.teach.place_ignore_other, { count: to }));
    else arrow(text.teach.ignore, String(from), String(to));
  }
  if (!isSame(before.align, after.align)) {
    const [from, to] = [alignWords(text, before.align), alignWords(text, after.align)];
    if (from === to) changes.push(text.teach.place_align_limits);
    else arrow(text.teach.place_align, from, to);
  }
  return changes;
}
