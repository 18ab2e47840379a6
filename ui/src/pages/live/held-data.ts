// Which reject Live holds, where its defect is, and which part of the picture to enlarge. No markup.
import type { Finding, PartDetail, PartSummary, ViewResult } from "../../api/types";
import { worstView } from "../../widgets/boxes";
import type { Window } from "../../widgets/picture-view";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";

/** A reject that somebody can answer here: it has a picture, and was not put on the line to be rejected. */
export const isAnswerable = (part: PartSummary): boolean => part.id !== null && part.disposition === "reject" && part.challenge === null && part.views.some((view) => view.has_image);

/** The newest reject, where nobody has answered it; an older one that waits is counted, and stands on the page Review. */
export function lastReject(newestFirst: readonly PartSummary[]): number | null {
  const newest = newestFirst.find(isAnswerable);
  return newest === undefined || newest.review !== null ? null : newest.id;
}

/** The view that decided the part, with its worst finding. */
export function decidingView(part: PartDetail): { view: ViewResult; finding: Finding | null } | null {
  const view = part.view_results[worstView(part)];
  if (view === undefined) return null;
  const finding = view.findings.reduce<Finding | null>((worst, each) => (worst === null || each.score > worst.score ? each : worst), null);
  return { view, finding };
}

type Size = { width: number; height: number };
/** A defect fills at most a third of what is enlarged, and the enlarged piece shows at least an eighth of the frame. */
const AROUND = 3;
const SHARE_MIN = 1 / 8;

/** The piece of a picture around a finding, in pixels of the picture, of the frame's proportions and inside it. */
export function around(finding: Pick<Finding, "region">, frame: Size, picture: Size): Window {
  const [x = 0, y = 0, width = 0, height = 0] = finding.region;
  const share = Math.min(1, Math.max(SHARE_MIN, (AROUND * width) / frame.width, (AROUND * height) / frame.height));
  const inside = (middle: number, size: number, whole: number) => Math.min(Math.max(middle - size / 2, 0), whole - size);
  const [w, h] = [share * picture.width, share * picture.height];
  return {
    x: inside(((x + width / 2) * picture.width) / frame.width, w, picture.width),
    y: inside(((y + height / 2) * picture.height) / frame.height, h, picture.height),
    width: w,
    height: h,
  };
}

const COLUMNS = ["left", "centre", "right"] as const;
const ROWS = ["top", "middle", "bottom"] as const;
const third = (at: number, whole: number): 0 | 1 | 2 => (at < whole / 3 ? 0 : at < (2 * whole) / 3 ? 1 : 2);

/** Where a finding is in words, with its size: in mm where the camera is calibrated, else in pixels. */
export function whereWords(text: Catalogue, finding: Finding, frame: Size): string {
  const [x = 0, y = 0, width = 0, height = 0] = finding.region;
  const place = text.held_place[`${ROWS[third(y + height / 2, frame.height)]}_${COLUMNS[third(x + width / 2, frame.width)]}`];
  if (finding.box_mm === null) return fill(text.held.where_px, { place, width: Math.round(width), height: Math.round(height) });
  const [mx = 0, my = 0, mw = 0, mh = 0] = finding.box_mm.map((each) => each.toFixed(1));
  return fill(text.held.where_mm, { place, x: mx, y: my, width: mw, height: mh });
}

/** Rejects that wait besides the one on the screen. */
export function othersWaiting(waiting: { reject: number; not_decided: number } | null, isHeld: boolean): number {
  return waiting === null ? 0 : Math.max(0, waiting.reject + waiting.not_decided - (isHeld ? 1 : 0));
}
