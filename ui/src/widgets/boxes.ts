// What is drawn over a part's picture, and which of its pictures to look at first. No markup.
import type { PartDetail, Review, ViewResult } from "../api/types";
import * as format from "../format";
import type { Catalogue } from "../text/en";
import { defectName } from "../verdict";
import type { Box } from "./picture-view";

export function boxesOf(text: Catalogue, view: ViewResult, marked: number | null = null): Box[] {
  return view.findings.map((finding, index) => {
    const [x = 0, y = 0, width = 0, height = 0] = finding.region;
    return { x, y, width, height, label: `${defectName(text, finding.class)} ${format.score(finding.score)}`, isMarked: index === marked };
  });
}

const VERDICT_RANK: Record<ViewResult["verdict"], number> = { fail: 2, not_decided: 1, pass: 0 };

/** Index of the view that decided the part: the one to look at first. */
export function worstView(part: Pick<PartDetail, "view_results">): number {
  const rank = (view: ViewResult): number => VERDICT_RANK[view.verdict] * 2 + (view.score ?? 0);
  return part.view_results.reduce((worst, view, index, all) => {
    const before = all[worst];
    return before !== undefined && rank(view) > rank(before) ? index : worst;
  }, 0);
}

/** Where reviewers saw defects in this view, as far as they stand by it. */
export function reviewedRegions(text: Catalogue, reviews: readonly Review[], view: string): Box[] {
  return reviews.flatMap(({ author, region, undone, class: named }) => {
    if (region === null || region.view !== view || undone !== null) return [];
    const label = named === null ? author : `${author}: ${defectName(text, named)}`;
    return [{ x: region.x, y: region.y, width: region.width, height: region.height, label, by: "person" as const }];
  });
}
