// What the station tells by itself: one stream for all tabs of a browser, held by a shared worker, because a browser opens
// no more than six connections to a station. Where there are no shared workers, each tab has a stream of its own.
import type { PartSummary, ReviewCame, StationStatus } from "./types";

export type Told =
  | { told: "status"; status: StationStatus }
  | { told: "part"; part: PartSummary }
  /** Somebody reviewed a part, or took that back. */
  | { told: "review"; came: ReviewCame }
  /** The stream is interrupted, and opened again by itself. */
  | { told: "nothing" };
/** What a tab says to the worker. */
export type Asked = "open again" | "goodbye";

export interface EventStream {
  /** Opens it at once where it is interrupted, because the station was heard otherwise. */
  openAgain(): void;
  close(): void;
}

/** A stream that the station refused is not opened again by the browser. */
const OPEN_AGAIN_MS = 2_000;

/** A stream of this context alone. */
export function ownStream(tell: (told: Told) => void): EventStream {
  let events: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    clearTimeout(timer);
    events?.close();
    const opened = new EventSource("/api/events");
    events = opened;
    opened.addEventListener("status", (event) => tell({ told: "status", status: JSON.parse(event.data) as StationStatus }));
    opened.addEventListener("part", (event) => tell({ told: "part", part: JSON.parse(event.data) as PartSummary }));
    opened.addEventListener("review", (event) => tell({ told: "review", came: JSON.parse(event.data) as ReviewCame }));
    opened.onerror = () => {
      tell({ told: "nothing" });
      clearTimeout(timer);
      if (opened.readyState === EventSource.CLOSED) timer = setTimeout(open, OPEN_AGAIN_MS);
    };
  };
  open();
  return {
    openAgain: () => {
      if (events?.readyState !== EventSource.OPEN) open();
    },
    close: () => {
      clearTimeout(timer);
      events?.close();
    },
  };
}

/** The stream that all tabs share, or one's own where that cannot be. */
export function eventStream(tell: (told: Told) => void): EventStream {
  if (typeof SharedWorker === "undefined") return ownStream(tell);
  let own: EventStream | null = null;
  let isClosed = false;
  const worker = new SharedWorker(new URL("./event-worker.ts", import.meta.url), { type: "module", name: "inspector-events" });
  const { port } = worker;
  const say = (asked: Asked) => port.postMessage(asked);
  const leave = () => say("goodbye");
  const comeBack = (event: PageTransitionEvent) => event.persisted && say("open again");
  port.onmessage = (event) => own === null && !isClosed && tell(event.data as Told);
  worker.onerror = () => {
    if (!isClosed) own ??= ownStream(tell);
  };
  port.start();
  addEventListener("pagehide", leave);
  addEventListener("pageshow", comeBack);
  return {
    openAgain: () => (own === null ? say("open again") : own.openAgain()),
    close: () => {
      isClosed = true;
      removeEventListener("pagehide", leave);
      removeEventListener("pageshow", comeBack);
      leave();
      own?.close();
    },
  };
}
