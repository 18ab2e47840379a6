import { describe, expect, test } from "vitest";
import type { RecipeVersion, RecipeVersions } from "../api/types";
import { earlierVersions, modelsOf, recipesWithPast } from "./earlier-data";

const version = (number: number, models: string[] = ["m"]): RecipeVersion => ({
  version: number, author: "a", reason: "r", created_at_us: 0, is_active: false, rules: [],
  views: models.map((model, index) => ({ name: `v${index}`, camera: `c${index}`, model, reject_above: 0.5, accept_below: 0.5, place: { unit: "px" as const, region: null, ignore: [], align: null } })),
});
const recipe = (style: string, numbers: number[]): RecipeVersions => ({ style, versions: numbers.map((number) => version(number)) });

describe("earlier versions", () => {
  test("come newest first, and the newest of all is what is in use", () => {
    const { now, earlier } = earlierVersions(recipe("cap", [1, 3, 2]));
    expect(now?.version).toBe(3);
    expect(earlier.map((each) => each.version)).toEqual([2, 1]);
  });
  test("are none where there is one version, or no recipe", () => {
    expect(earlierVersions(recipe("cap", [1])).earlier).toEqual([]);
    expect(earlierVersions(recipe("cap", []))).toEqual({ now: null, earlier: [] });
  });
  test("are offered only for styles that have some", () => {
    expect(recipesWithPast([recipe("cap", [1]), recipe("gear", [2, 1])]).map((each) => each.style)).toEqual(["gear"]);
  });
  test("name each model once", () => expect(modelsOf(version(1, ["a", "b", "a"]))).toBe("a, b"));
});
