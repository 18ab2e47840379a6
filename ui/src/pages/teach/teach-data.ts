// What the Teach page shows, worked out from the lesson. No markup.
import type { Fetched } from "../../api/fetched";
import type { Lesson, LessonImage, PartDetail, RecipeVersions, StationStatus, Study, TaughtModel } from "../../api/types";
import type { Catalogue } from "../../text/en";
import { newestVersion } from "../tuning/tuning-data";

/** Shares of the time that the stages take, in their order, as measured with 30 images. */
const STAGES: [Study["stage"], number][] = [
  ["reading", 0.06], ["features", 0.06], ["weighing", 0.6], ["scoring", 0.14], ["accepting", 0.06], ["trying", 0.08],
];

/** How much of the whole is done, 0 to 1. */
export function studyShare(study: Study): number {
  let before = 0;
  for (const [stage, share] of STAGES) {
    if (stage === study.stage) return before + (share * study.done) / Math.max(1, study.total);
    before += share;
  }
  return before;
}

export interface Dot {
  key: string;
  kind: "good" | "reject";
  /** 0 to 1 along the axis. */
  x: number;
  /** How many dots stand below it. */
  level: number;
}

const COLUMNS = 60;

/** Each image as a dot over its score; dots that would cover each other are stacked. */
export function dots(taught: Pick<TaughtModel, "held_out" | "rejects">): Dot[] {
  const stacked = new Map<string, number>();
  const place = (kind: Dot["kind"], key: string, score: number): Dot => {
    const column = Math.min(COLUMNS - 1, Math.floor(score * COLUMNS));
    const level = stacked.get(`${kind} ${column}`) ?? 0;
    stacked.set(`${kind} ${column}`, level + 1);
    return { key, kind, x: (column + 0.5) / COLUMNS, level };
  };
  return [
    ...taught.held_out.map((each) => place("good", `good ${each.n}`, each.score)),
    ...taught.rejects.map((each) => place("reject", `reject ${each.id} ${each.view}`, each.score)),
  ];
}

/** What a threshold would do to the images that are known. */
export function judged(taught: Pick<TaughtModel, "held_out" | "rejects" | "odd">, threshold: number) {
  const isRejected = (each: { score: number }) => each.score >= threshold;
  const learnt = taught.held_out.filter((each) => !taught.odd.includes(each.n));
  return {
    good: learnt.length,
    goodRejected: learnt.filter(isRejected).length,
    rejects: taught.rejects.length,
    rejectsFound: taught.rejects.filter(isRejected).length,
  };
}

/** Misses so many known rejects that it should not be trusted with them alone. */
export const isWeak = (told: { rejects: number; rejectsFound: number }): boolean => told.rejects >= 3 && told.rejectsFound < 0.8 * told.rejects;

const CONFIDENCE = 0.95;

/** The largest share that would still give at most `events` in `trials` with a chance of 5 % (Clopper and Pearson 1934). */
export function shareAtMost(events: number, trials: number): number {
  if (events >= trials) return 1;
  const chance = (share: number): number => {
    let term = (1 - share) ** trials;
    let sum = term;
    for (let k = 0; k < events; k += 1) {
      term *= (((trials - k) / (k + 1)) * share) / (1 - share);
      sum += term;
    }
    return sum;
  };
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (chance(middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

export type Doubt = "not_passed" | "unlike" | "left_out";

/** Numbers of images that are still in the lesson and that the model did not learn from, because they are unlike all others. */
export function leftOut(lesson: Lesson): number[] {
  const odd = lesson.taught?.odd ?? [];
  return lesson.images.map((image) => image.n).filter((n) => odd.includes(n));
}

/** Images of good parts that a person should look at twice, and why. */
export function doubts(lesson: Lesson): Map<number, Doubt> {
  const found = new Map<number, Doubt>();
  for (const image of lesson.images) if (image.is_passed === false) found.set(image.n, "not_passed");
  const taught = lesson.taught;
  if (taught === null || taught.held_out.length < 3) return found;
  const sorted = taught.held_out.map((each) => each.score).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  for (const each of taught.held_out) {
    // Far above its like, and near the threshold.
    if (each.score >= 0.85 * taught.threshold && each.score > 1.5 * median) found.set(each.n, "unlike");
  }
  for (const n of leftOut(lesson)) found.set(n, "left_out");
  return found;
}

/** Why the picture of a part does not show: as its result has it, or merely that it does not. */
export function pictureGone(text: Catalogue, part: Fetched<PartDetail>, view: number): string {
  if (part.state === "loading") return text.fetched.loading;
  const found = part.state === "ready" ? part.value.view_results.find((each) => each.view === view) : undefined;
  return found === undefined || found.image === "stored" ? text.part.no_image : text.image_state[found.image];
}

/** What a person knows an image by: its part, or the file it came in. */
export const imageName = (image: LessonImage): string => image.part_id ?? image.file ?? String(image.n);

/** Whether the images of a lesson are still those that its model was made of. */
export function isCurrent(lesson: Lesson): boolean {
  const taught = lesson.taught;
  if (taught === null) return false;
  const isSame = (numbers: number[], images: LessonImage[]) => numbers.join() === images.map((image) => image.n).join();
  return isSame(taught.held_out.map((each) => each.n), lesson.images) && isSame(taught.defects, lesson.defects);
}

/** What came of the defects: the model uses them, they made it worse, or there were too few. */
export function defectsSaying(taught: Pick<TaughtModel, "told">): "used" | "worse" | "few" {
  if (taught.told === null) return "few";
  return taught.told.is_used ? "used" : "worse";
}

const pad = (value: number): string => String(value).padStart(2, "0");

/** A name that says of what and when, of letters that can be a folder. */
export function modelName(lesson: Pick<Lesson, "camera" | "style">, at: Date): string {
  const of = (lesson.style ?? lesson.camera).replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "") || "model";
  return `${of}-${at.getFullYear()}${pad(at.getMonth() + 1)}${pad(at.getDate())}-${pad(at.getHours())}${pad(at.getMinutes())}`;
}

/** Styles that have a recipe or were seen, each once. */
export function styles(recipes: readonly RecipeVersions[], seen: readonly string[]): string[] {
  return [...new Set([...recipes.map((recipe) => recipe.style), ...seen])].sort();
}

/** Styles that a model judges now, with the version since which it does: another may have replaced it. */
export function inUse(models: StationStatus["models"], name: string): string[] {
  const used = models.filter((model) => model.name === name).flatMap((model) => model.used_by);
  return [...new Set(used.filter((each) => each.to_version === null).map((each) => `${each.style} ${each.from_version}`))];
}

/** The version that a new one of this style follows; 0 when there is none. */
export function newestOf(recipes: readonly RecipeVersions[], style: string): number {
  const recipe = recipes.find((each) => each.style === style);
  return recipe === undefined ? 0 : newestVersion(recipe)?.version ?? 0;
}

/** Where nothing has come for so long, the page says so. */
const QUIET_AFTER_US = 15_000_000;

/** Seconds since the last image, or since the capture began, where that is long. */
export function quietSeconds(lesson: Lesson, nowUs: number): number | null {
  const last = Math.max(lesson.id, ...lesson.images.map((image) => image.at_us));
  const quiet = nowUs - last;
  return lesson.phase === "capturing" && quiet > QUIET_AFTER_US ? Math.round(quiet / 1_000_000) : null;
}

/** The view through which a recipe looks with this camera; parts without a recipe show their only picture. */
export function viewOf(recipes: StationStatus["recipes"], style: string | null, camera: string): number | null {
  const recipe = recipes.find((each) => each.style === style);
  if (recipe === undefined) return 0;
  const view = recipe.views.findIndex((each) => each.camera === camera);
  return view < 0 ? null : view;
}
