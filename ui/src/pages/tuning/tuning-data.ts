// What the tuning page shows, worked out from recipes and histogram. No markup.
import type { Thresholds } from "../../api/queries";
import type { Histogram, RecipeVersion, RecipeVersions, Verdict, WouldChange } from "../../api/types";
import type { Catalogue } from "../../text/en";

/** Thresholds are kept to a thousandth, as they are shown. */
export const THRESHOLD_STEP = 0.001;
const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const clamp = (value: number): number => round(Math.min(1, Math.max(0, value)));

export function activeVersion(recipe: RecipeVersions): RecipeVersion | null {
  return recipe.versions.find((version) => version.is_active) ?? newestVersion(recipe);
}

/** A new version must be based on the newest one, whether or not it is in use yet. */
export function newestVersion(recipe: RecipeVersions): RecipeVersion | null {
  return recipe.versions.reduce<RecipeVersion | null>(
    (newest, version) => (newest === null || version.version > newest.version ? version : newest),
    null,
  );
}

/** The recipe and view that the URL names, or the first ones. */
export function chosen(recipes: RecipeVersions[], style: string | null, view: string | null) {
  const recipe = recipes.find((each) => each.style === style) ?? recipes[0] ?? null;
  const version = recipe === null ? null : newestVersion(recipe);
  const wanted = Number(view ?? 0);
  const index = version !== null && Number.isInteger(wanted) && version.views[wanted] !== undefined ? wanted : 0;
  return { recipe, version, view: index };
}

/** Moves one threshold. Without a band both move as one; with one, `accept_below` never passes `reject_above`. */
export function moved(limits: Thresholds, which: keyof Thresholds, to: number, isBand: boolean): Thresholds {
  const value = clamp(to);
  if (!isBand) return { reject_above: value, accept_below: value };
  return which === "reject_above"
    ? { reject_above: value, accept_below: Math.min(limits.accept_below, value) }
    : { reject_above: Math.max(limits.reject_above, value), accept_below: value };
}

export const isSame = (a: Thresholds, b: Thresholds): boolean =>
  a.reject_above === b.reject_above && a.accept_below === b.accept_below;

/** From the axis upwards. */
const STACK: Verdict[] = ["pass", "not_decided", "fail"];

export interface BarPiece {
  verdict: Verdict;
  x: number;
  width: number;
  /** Share of the height, from the top. */
  y: number;
  height: number;
}

/** Bars in a unit square. On a log scale the whole bar is logarithmic and its pieces share it by count. */
export function histogramBars(histogram: Histogram, isLog: boolean): { pieces: BarPiece[]; most: number } {
  const totals = Array.from({ length: histogram.bins }, (_, bin) =>
    STACK.reduce((sum, verdict) => sum + (histogram.counts[verdict][bin] ?? 0), 0),
  );
  const most = Math.max(0, ...totals);
  const scale = (count: number): number => (isLog ? Math.log10(count + 1) / Math.log10(most + 1) : count / most);
  const width = 1 / histogram.bins;
  const pieces = totals.flatMap((total, bin) => {
    if (total === 0) return [];
    const tall = scale(total);
    let below = 0;
    return STACK.flatMap((verdict) => {
      const count = histogram.counts[verdict][bin] ?? 0;
      if (count === 0) return [];
      const height = (tall * count) / total;
      below += height;
      return [{ verdict, x: bin * width, width, y: 1 - below, height }];
    });
  });
  return { pieces, most };
}

/** Counts for the axis: powers of ten on a log scale, else round steps. */
export function axisTicks(most: number, isLog: boolean): { at: number; count: number }[] {
  if (most <= 0) return [];
  if (isLog) {
    const powers = Math.floor(Math.log10(most));
    return Array.from({ length: powers + 1 }, (_, power) => {
      const count = 10 ** power;
      return { at: Math.log10(count + 1) / Math.log10(most + 1), count };
    });
  }
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power);
  return Array.from({ length: Math.floor(most / step) }, (_, index) => ({ at: ((index + 1) * step) / most, count: (index + 1) * step }));
}

export function changeCells(text: Catalogue, change: WouldChange): { name: string; value: number; tone: string }[] {
  return [
    { name: text.tuning.pass_to_fail, value: change.pass_to_fail, tone: "bad" },
    { name: text.tuning.fail_to_pass, value: change.fail_to_pass, tone: "good" },
    { name: text.tuning.to_not_decided, value: change.to_not_decided, tone: "unsure" },
    { name: text.tuning.from_not_decided, value: change.from_not_decided, tone: "unsure" },
  ];
}

/** How many parts would change: each stands in exactly one of the four counts. */
export function changedTotal(change: WouldChange): number {
  return change.pass_to_fail + change.fail_to_pass + change.to_not_decided + change.from_not_decided;
}
