// The live link to the station: the event stream, the polling that replaces it, and the knowledge
// that the station is gone. Knows no React.
import { ApiError, getJson } from "./client";
import { type EventStream, eventStream, type Told } from "./event-stream";
import type { PartSummary, StationStatus } from "./types";

/** `polling`: the stream is silent but the station answers. `gone`: it does not answer. */
export type LinkState = "connecting" | "open" | "polling" | "gone";

export interface LinkSnapshot {
  link: LinkState;
  status: StationStatus | null;
  /** Milliseconds since 1970 by this browser's clock; null until something was heard. */
  heardAt: number | null;
  /** Newest first, at most `RECENT_MAX`. */
  recent: readonly PartSummary[];
}

export const RECENT_MAX = 24;
const TICK_MS = 500;
const SILENT_AFTER_MS = 1_500;
const POLL_LIMIT_MS = 1_500;
const POLL_EVERY_MS = 1_000;

/** The same part, whether or not its row is durable yet. */
export const isSamePart = (a: PartSummary, b: PartSummary): boolean => a.job === b.job && a.part_no === b.part_no;

/** `parts` with the newcomers in place: newest first, each part once, a known result id kept. */
export function mergeParts(parts: readonly PartSummary[], newcomers: readonly PartSummary[], max: number): PartSummary[] {
  const merged = [...parts];
  for (const part of newcomers) {
    const at = merged.findIndex((known) => isSamePart(known, part));
    if (at < 0) merged.push(part);
    else if (part.id !== null || merged[at]?.id === null) merged[at] = part;
  }
  return merged.sort((a, b) => b.job - a.job || b.part_no - a.part_no).slice(0, max);
}

export class StationLink {
  private snapshot: LinkSnapshot = { link: "connecting", status: null, heardAt: null, recent: [] };
  private readonly listeners = new Set<() => void>();
  private readonly partListeners = new Set<(part: PartSummary | null) => void>();
  private readonly reviewListeners = new Set<(result: number) => void>();
  private readonly refusedListeners = new Set<() => void>();
  private events: EventStream | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private isPolling = false;
  private polledAt = 0;

  read = (): LinkSnapshot => this.snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Calls back with each part as it leaves, and with null when the station is back after a gap. */
  onPart(listener: (part: PartSummary | null) => void): () => void {
    this.partListeners.add(listener);
    return () => this.partListeners.delete(listener);
  }

  /** Calls back with the result that somebody reviewed, or took a review of back. */
  onReview(listener: (result: number) => void): () => void {
    this.reviewListeners.add(listener);
    return () => this.reviewListeners.delete(listener);
  }

  /** Calls back when the station answers that nobody is logged in. */
  onRefused(listener: () => void): () => void {
    this.refusedListeners.add(listener);
    return () => this.refusedListeners.delete(listener);
  }

  /** As before anything was heard: whoever logs in next need not be shown what another was. */
  forget(): void {
    this.tell({ link: "connecting", status: null, heardAt: null, recent: [] });
  }

  start(): () => void {
    this.events = eventStream((told) => this.take(told));
    this.timer = setInterval(() => this.tick(), TICK_MS);
    return () => {
      if (this.timer !== null) clearInterval(this.timer);
      this.events?.close();
      this.events = null;
    };
  }

  private take(told: Told): void {
    switch (told.told) {
      case "status":
        return this.hear("open", told.status, []);
      case "part":
        return this.hear("open", null, [told.part]);
      case "review":
        return this.reviewListeners.forEach((listener) => listener(told.came.result_id));
      case "nothing":
        return void this.poll();
    }
  }

  private tick(): void {
    const silentMs = Date.now() - (this.snapshot.heardAt ?? 0);
    const isStreaming = this.snapshot.link === "open" && silentMs < SILENT_AFTER_MS;
    if (!isStreaming && Date.now() - this.polledAt >= POLL_EVERY_MS) void this.poll();
  }

  private async poll(): Promise<void> {
    if (this.isPolling) return;
    this.isPolling = true;
    this.polledAt = Date.now();
    try {
      const status = await getJson<StationStatus>("/api/status", POLL_LIMIT_MS);
      this.hear("polling", status, status.last === null ? [] : [status.last]);
      this.events?.openAgain();
    } catch (error) {
      // It answers, and not to whoever is here.
      if (ApiError.from(error).kind === "not_logged_in") this.refusedListeners.forEach((listener) => listener());
      else this.tell({ ...this.snapshot, link: "gone" });
    } finally {
      this.isPolling = false;
    }
  }

  private hear(link: LinkState, status: StationStatus | null, parts: PartSummary[]): void {
    const before = this.snapshot;
    const known = parts.filter((part) => before.recent.some((other) => isSamePart(other, part)));
    const named = status?.last ? [...parts, status.last] : parts;
    this.tell({
      link,
      status: status ?? before.status,
      heardAt: Date.now(),
      recent: mergeParts(before.recent, named, RECENT_MAX),
    });
    if (before.link === "gone") this.partListeners.forEach((listener) => listener(null));
    for (const part of parts) {
      if (!known.includes(part)) this.partListeners.forEach((listener) => listener(part));
    }
  }

  private tell(snapshot: LinkSnapshot): void {
    this.snapshot = snapshot;
    this.listeners.forEach((listener) => listener());
  }
}
