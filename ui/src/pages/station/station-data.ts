// The facts of the station page. No markup.
import type { Alarm, ModelStatus, QueueStatus, RecordedGap, StationStatus } from "../../api/types";
import * as format from "../../format";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";

export interface Fact {
  name: string;
  value: string;
}

export function identityFacts(text: Catalogue, status: StationStatus): Fact[] {
  const job = status.job === null
    ? text.shell.no_job
    : `${fill(text.shell.job, { id: status.job.id })} · ${fill(text.station.job_since, { time: format.dateTime(status.job.started_at_us) })}`;
  return [
    { name: text.station.name, value: status.station_name },
    { name: text.station.state, value: text.state[status.state] + (status.is_simulated ? ` · ${text.shell.simulated}` : "") },
    { name: text.detail.job, value: job },
    { name: text.station.version, value: status.version },
  ];
}

export function deadlineFacts(text: Catalogue, status: StationStatus): Fact[] {
  const { budget, counts } = status;
  const ms = (value: number) => `${format.whole(value)} ${text.unit.ms}`;
  return [
    { name: text.station.decide_by, value: ms(budget.decide_by_ms) },
    { name: text.station.pitch, value: ms(budget.pitch_ms_min) },
    { name: text.station.priority, value: status.is_real_time ? text.station.real_time : text.station.normal_priority },
    { name: text.live.deadline_misses, value: format.whole(counts.deadline_misses) },
    { name: text.live.late_verdicts, value: format.whole(counts.late_verdicts) },
    { name: text.live.gaps, value: format.whole(counts.gaps) },
  ];
}

export function storageFacts(text: Catalogue, status: StationStatus): Fact[] {
  const { storage } = status;
  return [
    { name: text.station.data_dir, value: storage.data_dir },
    { name: text.station.free, value: format.bytes(storage.free_bytes) },
    {
      name: text.station.images,
      value: fill(text.station.of_quota, { used: format.bytes(storage.images_bytes), quota: format.bytes(storage.images_quota_bytes) }),
    },
    { name: text.station.backlog, value: format.whole(storage.result_backlog) },
    { name: text.live.images_dropped, value: format.whole(status.counts.images_dropped) },
  ];
}

/** Shares of the bound, 0 to 1, for drawing how full a queue is and was. */
export function queueFill(queue: QueueStatus): { now: number; most: number } {
  const share = (value: number) => (queue.bound === 0 ? 0 : Math.min(1, value / queue.bound));
  return { now: share(queue.depth), most: share(queue.high_water) };
}

/** Nodes that the provider left to the processor, and of which kinds: "2 (NonZero, TopK)". */
export function fallenBack(model: ModelStatus): string {
  const count = format.whole(model.nodes_fallen_back);
  return model.nodes_fallen_back === 0 ? count : `${count} (${model.operators_fallen_back.join(", ")})`;
}

/** In which numbers a model computes: "f32", or "8-bit + f32" where its graph spends its time in whole numbers. */
export function numbers(text: Catalogue, model: Pick<ModelStatus, "precision" | "is_quantised">): string {
  return model.is_quantised ? fill(text.station.in_8_bits, { precision: model.precision }) : model.precision;
}

/** Which parts a model judges, one line for each style and view; views are named where a recipe has several. */
export function usedBy(text: Catalogue, model: Pick<ModelStatus, "used_by">, recipes: StationStatus["recipes"]) {
  return model.used_by.map(({ style, view, from_version, to_version }) => {
    const views = recipes.find((recipe) => recipe.style === style)?.views ?? [];
    const what = views.length === 1 && views[0]?.name === view ? style : `${style} · ${view}`;
    const isReplaced = to_version !== null;
    const words = isReplaced
      ? fill(text.station.used_until, { what, version: to_version })
      : fill(text.station.used_from, { what, version: from_version });
    return { words, isReplaced };
  });
}

export interface GapRow {
  time: string;
  parts: string;
  why: string;
}

/** A gap in the reader's language; a log may hold kinds that this page does not know. */
export function gapRow(text: Catalogue, gap: RecordedGap): GapRow {
  const { job, first_part_no: first, last_part_no: last } = gap;
  const known = text.gap_kind[gap.kind as keyof Catalogue["gap_kind"]] as string | undefined;
  const [from, to] = [format.dateTime(gap.from_us), format.dateTime(gap.to_us)];
  const isSameDay = from.slice(0, 10) === to.slice(0, 10);
  const words = gap.kind === "crashed" ? text.gap.after : text.gap.unknown;
  return {
    time: fill(text.gap.until, { from, to: isSameDay ? format.timeOfDay(gap.to_us) : to }),
    parts: last === null
      ? fill(words, { job, first })
      : fill(text.gap.numbers, { job, first, last, count: format.whole(last - first + 1) }),
    why: known ?? gap.kind,
  };
}

/** Those that last first, each kind newest first. */
export function alarmOrder(alarms: Alarm[]): Alarm[] {
  const lasts = (alarm: Alarm) => Number(alarm.ended_us === null);
  return [...alarms].sort((a, b) => lasts(b) - lasts(a) || b.began_us - a.began_us);
}

/** In the reader's language, or as the log names it: an older log may hold kinds that are no more. */
export function alarmName(text: Catalogue, kind: string): string {
  const known: Record<string, string> = text.alarm;
  return known[kind] ?? kind;
}

export function severityName(text: Catalogue, severity: string): string {
  const known: Record<string, string> = text.severity;
  return known[severity] ?? severity;
}
