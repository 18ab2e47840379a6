// The counters of the shift that runs and of the one before, from what the station's log says. No markup.
import type { Quality } from "../../api/types";
import * as format from "../../format";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import type { CountCell } from "./live-data";

type Point = Quality["chart"]["points"][number];

/** The newest two shifts in which parts came; none where no shifts are set. */
export function shiftsOf(quality: Pick<Quality, "has_shifts" | "chart"> | null): { now: Point | null; before: Point | null } {
  const points = quality?.has_shifts === true ? quality.chart.points.filter((point) => point.parts > 0) : [];
  return { now: points.at(-1) ?? null, before: points.at(-2) ?? null };
}

/** Without its seconds, which no shift has. */
const minutes = (us: number): string => format.timeOfDay(us).slice(0, 5);

export function shiftTitle(text: Catalogue, point: Point | null): string {
  if (point === null) return text.shift.day;
  const since = fill(text.shift.since, { time: minutes(point.from_us) });
  return point.shift === null ? since : fill(text.shift.named, { shift: point.shift, since });
}

export function shiftCells(text: Catalogue, counted: { parts: number; rejected: number }): CountCell[] {
  return [
    { name: text.live.parts, value: format.whole(counted.parts), tone: "plain" },
    { name: text.disposition.reject, value: format.whole(counted.rejected), tone: counted.rejected === 0 ? "quiet" : "plain" },
    { name: text.live.yield, value: format.percent(counted.parts - counted.rejected, counted.parts), unit: text.unit.percent, tone: "plain" },
  ];
}

/** What the shift before came to, in one line. */
export function shiftBefore(text: Catalogue, point: Point): string {
  const { parts, rejected } = point;
  const counted = fill(text.shift.counted, { parts: format.whole(parts), rejected: format.whole(rejected), yield: format.percent(parts - rejected, parts) });
  return point.shift === null ? counted : fill(text.shift.before, { shift: point.shift, counted });
}
