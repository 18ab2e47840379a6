// What the Line page shows, worked out of what the station says. No markup.
import type { HandshakeBit, HandshakeWait, LineEdge, LineHandshake, LineLane, LineSignal, LineStatus, LineUnseen } from "../../api/types";
import * as format from "../../format";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { lasting } from "../../widgets/lasting";

/** Edges are drawn over so long. */
export const WINDOW_US = 10_000_000;
/** A wait that is no idle line is worth a look after so long. */
const LONG_US = 2_000_000;

/** A level and the share of the window in which it lasts. */
export interface Level {
  from: number;
  to: number;
  isOn: boolean;
}

/** The bit over the window, left to right in shares of it; before the oldest edge that is remembered nothing is known. */
export function levels(edges: LineEdge[], isOn: boolean | null, changes: number, nowUs: number): Level[] {
  if (isOn === null) return [];
  const share = (us: number) => Math.min(1, Math.max(0, 1 - (nowUs - us) / WINDOW_US));
  const found: Level[] = [];
  let to = 1;
  for (const edge of [...edges].reverse()) {
    const from = share(edge.at_us);
    if (from < to) found.unshift({ from, to, isOn: edge.is_on });
    to = from;
    if (from <= 0) return found;
  }
  const first = edges[0];
  // All edges are there, so that it was the other before the first.
  if (changes === edges.length && to > 0) found.unshift({ from: 0, to, isOn: first === undefined ? isOn : !first.is_on });
  return found;
}

/** A time that nobody looked, in shares of the window; null where it is longer ago. */
export function unseenSpan(unseen: LineUnseen, nowUs: number): { from: number; to: number } | null {
  const share = (us: number) => Math.min(1, Math.max(0, 1 - (nowUs - us) / WINDOW_US));
  const [from, to] = [share(unseen.since_us), share(unseen.until_us)];
  return to <= 0 ? null : { from, to };
}

/** What is said of it: when, for how long, and how often. */
export function unseenWords(text: Catalogue, unseen: LineUnseen, nowUs: number): string {
  return fill(text.line.unseen, {
    time: lasting(text, nowUs - unseen.until_us),
    long: lasting(text, unseen.until_us - unseen.since_us),
    times: format.whole(unseen.times),
  });
}

/** The words of a meaning with its lane: `lane-confirm outfeed`. */
export function meaning(text: Catalogue, signal: Pick<LineSignal, "meaning">): string {
  const [word = "", ...rest] = signal.meaning.split(" ");
  const said = text.line_meaning[word.replaceAll("-", "_") as keyof Catalogue["line_meaning"]] as string | undefined;
  return said === undefined ? signal.meaning : fill(said, { lane: rest.join(" ") });
}

export function valueWords(text: Catalogue, signal: LineSignal): string {
  switch (signal.kind) {
    case "unknown":
      return text.line.unknown;
    case "bit":
      return signal.is_on === true ? text.line.on : text.line.off;
    case "number":
      return format.whole(signal.number ?? 0);
    case "text":
      return signal.text === null || signal.text === "" ? text.line.empty : signal.text;
  }
}

/** How fast it counts; null where it does not, or nobody knows. */
export function rateWords(text: Catalogue, signal: LineSignal): string | null {
  const rate = signal.kind === "number" ? signal.per_second : null;
  return rate === null || rate === 0 ? null : fill(text.line.rate, { rate: format.whole(rate) });
}

export interface State {
  tone: "good" | "bad";
  title: string;
  cause: NonNullable<LineStatus["rejects"]> | null;
}

export function state(text: Catalogue, line: LineStatus): State {
  if (line.stops !== null) return { tone: "bad", title: text.line.stopped, cause: line.stops };
  if (line.rejects !== null) return { tone: "bad", title: text.line.rejected, cause: line.rejects };
  return { tone: "good", title: text.line.judged, cause: null };
}

/** Bits that are numbers in truth, shown as such. */
const isNumber = (bit: HandshakeBit): boolean => bit.name.startsWith("OfflineReason");

export const bitsShown = (bits: HandshakeBit[]): HandshakeBit[] => bits.filter((bit) => !isNumber(bit));

export function offlineReason(bits: HandshakeBit[]): number {
  return bits.filter(isNumber).reduce((reason, bit, place) => reason + (bit.is_on ? 1 << place : 0), 0);
}

/** Whether somebody should look at this wait: an idle line may wait for its next trigger for ever. */
export const isLong = (wait: HandshakeWait, nowUs: number): boolean => wait.code !== "trigger" && nowUs - wait.since_us > LONG_US;

export interface Fact {
  name: string;
  value: string;
}

export function handshakeFacts(text: Catalogue, handshake: LineHandshake): Fact[] {
  const offline = offlineReason(handshake.station);
  const reason = text.line_offline[`o${offline}` as keyof Catalogue["line_offline"]] as string | undefined;
  return [
    { name: text.line.acquisition, value: String(handshake.acquisition_id) },
    { name: text.line.inspection, value: handshake.inspection_id === 0 ? format.NO_VALUE : String(handshake.inspection_id) },
    { name: text.line.job, value: handshake.current_job === 0 ? format.NO_VALUE : String(handshake.current_job) },
    { name: text.line.error_code, value: handshake.error_code === 0 ? format.NO_VALUE : String(handshake.error_code) },
    { name: text.line.plc_heartbeat, value: handshake.plc_heartbeat_us === null ? format.NO_VALUE : String(handshake.plc_heartbeat) },
    { name: text.line.heartbeat, value: String(handshake.heartbeat) },
    { name: text.line.offline_reason, value: reason ?? String(offline) },
  ];
}

/** Which parts a lane takes, and where it begins. */
export function laneWords(text: Catalogue, lane: LineLane): string {
  const takes = fill(text.line.lane_takes, { number: lane.number, disposition: text.disposition[lane.takes] });
  const way = lane.distance_mm !== null ? `${format.whole(Math.round(lane.distance_mm))} mm` : lane.travel_ms !== null ? `${format.whole(Math.round(lane.travel_ms))} ms` : null;
  const begins = way === null ? null : fill(lane.has_gate === true ? text.line.lane_gate : text.line.lane_end, { way });
  return [takes, lane.is_safe ? text.line.lane_safe : null, begins].filter((words) => words !== null).join(" · ");
}

/** Where a part is, and where it was sent once that is decided. */
export function partFacts(text: Catalogue, line: LineStatus): Fact[] {
  return line.parts.map((part) => {
    const way = part.behind_mm !== null ? `${format.whole(Math.round(part.behind_mm))} mm` : `${format.whole(part.behind_ms ?? 0)} ms`;
    const sent = part.lane === null ? null : fill(text.line.part_sent, { lane: part.lane });
    const value = [fill(text.line.part_here, { way }), sent].filter((words) => words !== null).join(" · ");
    return { name: fill(text.line.part, { part: part.part_no }), value };
  });
}

export function beltFacts(text: Catalogue, line: LineStatus): Fact[] {
  const { encoder } = line;
  if (encoder === null) return [];
  const state = text.line_encoder[encoder.state as keyof Catalogue["line_encoder"]] as string | undefined;
  return [
    { name: text.line.encoder, value: state ?? encoder.state },
    { name: text.line.speed, value: encoder.mm_s === null ? format.NO_VALUE : `${encoder.mm_s.toFixed(1)} mm/s` },
    { name: text.line.travelled, value: `${(encoder.travelled_mm / 1_000).toFixed(2)} m` },
    { name: text.line.counts, value: encoder.counts === null ? format.NO_VALUE : format.whole(encoder.counts) },
    { name: text.line.scale, value: String(Math.round(encoder.counts_per_mm * 1_000) / 1_000) },
  ];
}
