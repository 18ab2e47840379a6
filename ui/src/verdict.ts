// How a verdict looks and is worded. Colour never stands alone: each verdict has its own shape.
import { fill } from "./text/fill";
import type { Catalogue } from "./text/en";
import type { PartSummary, Verdict } from "./api/types";

/** Disc, octagon and diamond differ in outline, so they differ without colour too. */
export type Shape = "disc" | "octagon" | "diamond";

export const VERDICT_SHAPE: Record<Verdict, Shape> = { pass: "disc", fail: "octagon", not_decided: "diamond" };

/** A class of defect in the reader's language, where the catalogue knows it, else as the model names it. */
export function defectName(text: Catalogue, name: string): string {
  const isKnown = (each: string): each is keyof Catalogue["defect_class"] => Object.hasOwn(text.defect_class, each);
  return isKnown(name) ? text.defect_class[name] : name;
}

/** What stands under the verdict: the defect class for a defect, else the cause; empty for a pass. */
export function reasonLine(text: Catalogue, part: Pick<PartSummary, "cause" | "defect">): string {
  if (part.cause === null) return "";
  if (part.cause === "defect" && part.defect !== null) return defectName(text, part.defect);
  return text.cause[part.cause];
}

/** Whether the station did the right thing by the simulated truth; null when the truth is unknown. */
export function agreesWithTruth(part: Pick<PartSummary, "truth" | "verdict">): boolean | null {
  if (part.truth === null || part.verdict === "not_decided") return null;
  return part.truth.is_defective === (part.verdict === "fail");
}

export function truthLine(text: Catalogue, truth: NonNullable<PartSummary["truth"]>): string {
  if (!truth.is_defective) return text.part.truth_good;
  return truth.defect === null ? text.part.truth_defective_plain : fill(text.part.truth_defective, { defect: defectName(text, truth.defect) });
}
