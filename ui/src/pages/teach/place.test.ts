import { expect, test } from "vitest";
import type { Place, RecipeVersions } from "../../api/types";
import { en } from "../../text/en";
import { keptPlace, keptText, placeChanges, placeInUse, placeOf, textOf } from "./place-data";

const written = (region: string, ignore: string, isMm = false) => placeOf({ region, ignore, isMm, align: null });

test("an empty place is the whole frame", () => {
  expect(written(" ", "\n")).toEqual({ place: null });
});

test("numbers are read in every notation of a list, one ignored place a line", () => {
  expect(written("320，180, 640 480", "1,2,3,4\n\n0 0; 9 0; 0 9")).toEqual({ place: { unit: "px", region: [320, 180, 640, 480], ignore: [[1, 2, 3, 4], [0, 0, 9, 0, 0, 9]], align: null } });
  expect(written("-5.5,0,30,20", "", true)).toEqual({ place: { unit: "mm", region: [-5.5, 0, 30, 20], ignore: [], align: null } });
});

test("what is no place is told by its field", () => {
  expect(written("320, 180, 640", "")).toEqual({ wrong: "region" });
  expect(written("a, 180, 640, 480", "")).toEqual({ wrong: "region" });
  expect(written("", "1, 2, 3, 4\n1, 2, 3")).toEqual({ wrong: "ignore" });
});

test("a place is written as it was read", () => {
  const place = { unit: "mm" as const, region: [1, 2, 3, 4], ignore: [[5, 6, 7, 8], [0, 0, 9, 0, 0, 9]], align: { reference: "place.png", sha256: "ab", region: [1, 2, 3, 4], shift_px_max: null, turn_deg_max: 10, zoom_max: 0.1, quality_min: 0.4 } };
  expect(placeOf(textOf(place))).toEqual({ place });
  expect(placeOf(textOf(undefined))).toEqual({ place: null });
});

const lesson = { id: 5, taught: null };
const typed = { region: "1, 2, 3, 4", ignore: "", isMm: false, align: null };

test("what was typed is kept for its lesson, until there is a newer model of it", () => {
  const kept = keptText(lesson, typed);
  expect(keptPlace(kept, lesson)).toEqual(typed);
  expect(keptPlace(kept, { id: 6, taught: null })).toBe(null);
  expect(keptPlace(kept, { id: 5, taught: { at_us: 9 } })).toBe(null);
  for (const other of [null, "", "{", "[]", '{"of":"5 "}', '{"of":"5 ","place":{"region":1}}']) expect(keptPlace(other, lesson), String(other)).toBe(null);
});

const align = { reference: "place.png", sha256: "ab", region: [1, 2, 3, 4], shift_px_max: null, turn_deg_max: 10, zoom_max: 0.1, quality_min: 0.4 };
const whole: Place = { unit: "px", region: null, ignore: [], align: null };
const placed: Place = { unit: "px", region: [320, 180, 640, 480], ignore: [[1, 2, 3, 4]], align };

test("a lesson begins where the recipe in use looks, where it is for one recipe alone", () => {
  const recipe = (style: string, camera: string, place: Place) => ({
    style, versions: [{ version: 1, is_active: false, views: [{ camera, place: whole }] }, { version: 2, is_active: true, views: [{ camera, place }] }],
  }) as unknown as RecipeVersions;
  const recipes = [recipe("cap", "top", placed), recipe("nut", "top", whole), recipe("pin", "side", placed)];
  expect(placeInUse(recipes, { camera: "top", style: "cap" })).toEqual({ style: "cap", version: 2, place: placed });
  expect(placeInUse(recipes, { camera: "side", style: null })?.style).toBe("pin");
  expect(placeInUse(recipes, { camera: "top", style: null })).toBe(null);
  expect(placeInUse(recipes, { camera: "top", style: "new" })).toBe(null);
});

test("what a new model changes of the place is said, and nothing where it stays", () => {
  expect(placeChanges(en, placed, placed)).toEqual([]);
  expect(placeChanges(en, whole, { ...whole, unit: "mm" })).toEqual([]);
  expect(placeChanges(en, whole, placed)).toEqual(["Region: the whole picture → from 320, 180: 640 × 480 px", "Ignored places: 0 → 1", "Parts are put in their place: not at all → by place.png"]);
  expect(placeChanges(en, placed, { ...placed, unit: "mm" })).toEqual(["Region: from 320, 180: 640 × 480 px → from 320, 180: 640 × 480 mm", "Ignored places: 1, with other numbers"]);
  expect(placeChanges(en, placed, { ...placed, align: { ...align, turn_deg_max: 20 } })).toEqual(["Parts are put in their place by the same picture, with other limits"]);
});
