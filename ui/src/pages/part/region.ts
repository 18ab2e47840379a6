// The place of a defect that a reviewer draws, in whole pixels of the frame. No markup.
import type { Region, ViewResult } from "../../api/types";
import type { Size } from "./use-zoom";

interface Point {
  x: number;
  y: number;
}
type Rectangle = Omit<Region, "view">;

/** A tap is not a drawing. */
const SIDE_MIN_PX = 4;
/** One press of an arrow key, as a share of the frame's width. */
const STEP_SHARE = 1 / 64;

const between = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The rectangle with these corners, inside the frame; null where it is too small to be meant. */
export function rectangle(a: Point, b: Point, frame: Size): Rectangle | null {
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)].map((x) => Math.round(between(x, 0, frame.width))) as [number, number];
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)].map((y) => Math.round(between(y, 0, frame.height))) as [number, number];
  if (right - left < SIDE_MIN_PX || bottom - top < SIDE_MIN_PX) return null;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Where drawing by keys begins: at the worst finding, else in the middle. */
export function firstRegion(view: Pick<ViewResult, "name" | "findings">, frame: Size): Region {
  const [x, y, width, height] = view.findings[0]?.region ?? [];
  if (x !== undefined && y !== undefined && width !== undefined && height !== undefined) {
    const found = rectangle({ x, y }, { x: x + width, y: y + height }, frame);
    if (found !== null) return { view: view.name, ...found };
  }
  return { view: view.name, x: Math.round(frame.width * 0.375), y: Math.round(frame.height * 0.375), width: Math.round(frame.width / 4), height: Math.round(frame.height / 4) };
}

const DIRECTION: Record<string, Point> = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };
export const isArrow = (key: string): boolean => Object.hasOwn(DIRECTION, key);

/** Moved by an arrow key, or made larger or smaller; it stays in the frame. */
export function nudged(region: Region, key: string, isSize: boolean, frame: Size): Region {
  const way = DIRECTION[key];
  if (way === undefined) return region;
  const step = Math.max(1, Math.round(frame.width * STEP_SHARE));
  if (isSize) {
    return {
      ...region,
      width: between(region.width + way.x * step, SIDE_MIN_PX, frame.width - region.x),
      height: between(region.height + way.y * step, SIDE_MIN_PX, frame.height - region.y),
    };
  }
  return {
    ...region,
    x: between(region.x + way.x * step, 0, frame.width - region.width),
    y: between(region.y + way.y * step, 0, frame.height - region.height),
  };
}
