// Which versions came before the one in use. No markup.
import type { RecipeVersion, RecipeVersions } from "../api/types";

/** The newest version, and those before it, newest first. */
export function earlierVersions(recipe: RecipeVersions): { now: RecipeVersion | null; earlier: RecipeVersion[] } {
  const [now = null, ...earlier] = [...recipe.versions].sort((a, b) => b.version - a.version);
  return { now, earlier };
}

/** The models of a version's views, each once. */
export const modelsOf = (version: RecipeVersion): string => [...new Set(version.views.map((view) => view.model))].join(", ");

/** Recipes that can go back. */
export function recipesWithPast(recipes: readonly RecipeVersions[]): RecipeVersions[] {
  return recipes.filter((recipe) => recipe.versions.length > 1);
}
