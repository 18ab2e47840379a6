// The last parts at fixed places: a new one takes the place of the oldest, and none moves. While a finger is down nothing changes.
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { PartSummary } from "../../api/types";
import { score, shortId } from "../../format";
import { Thumbnail } from "../../widgets/thumbnail";
import { VerdictMark } from "../../widgets/verdict-mark";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { slotKey, slotsOf, stillSlots } from "./slots";

/** What a place has room for. */
const ID_COLUMNS = 8;
/** The tap's click comes after the finger has left. */
const LET_GO_MS = 400;

export function RecentStrip({ parts, places }: { parts: PartSummary[]; places: number }) {
  const text = useText();
  const [, go] = useLocation();
  const [frozen, setFrozen] = useState<(PartSummary | null)[] | null>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  const touched = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const slots = frozen === null ? slotsOf(parts, places) : stillSlots(frozen, parts);
  const newest = parts[0] === undefined ? null : slotKey(parts[0]);
  const wantedId = wanted === null ? null : (parts.find((part) => slotKey(part) === wanted)?.id ?? null);
  // A part that was tapped before its row was in the log is opened when it is.
  useEffect(() => {
    if (wantedId !== null) go(`/parts/${wantedId}`);
  }, [wantedId, go]);

  const down = (event: PointerEvent) => {
    clearTimeout(timer.current);
    const slot = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-slot]") : null;
    touched.current = slot?.dataset.slot ?? null;
    setFrozen(slots);
  };
  const up = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFrozen(null), LET_GO_MS);
  };
  const open = (slot: PartSummary) => {
    const meant = slots.find((each) => each !== null && slotKey(each) === touched.current) ?? slot;
    touched.current = null;
    if (meant.id !== null) go(`/parts/${meant.id}`);
    else setWanted(slotKey(meant));
  };
  return (
    <section className="strip" aria-label={text.live.recent} onPointerDown={down} onPointerUp={up} onPointerCancel={up} onPointerLeave={up}>
      {parts.length === 0 && <span className="quiet strip-none">{text.live.recent_none}</span>}
      {parts.length > 0 && slots.map((part, place) => (part === null
        ? <span key={place} className="strip-part strip-empty" />
        : <RecentPart key={place} part={part} isNewest={slotKey(part) === newest} onOpen={() => open(part)} />))}
    </section>
  );
}

function RecentPart({ part, isNewest, onOpen }: { part: PartSummary; isNewest: boolean; onOpen: () => void }) {
  const text = useText();
  const hasPicture = part.id !== null && part.views.some((view) => view.has_image);
  return (
    <button type="button" className="strip-part" data-slot={slotKey(part)} data-id={part.id ?? undefined} data-verdict={part.verdict} data-newest={isNewest || undefined} aria-label={fill(text.part.open, { part: part.part_id })} title={part.id === null ? text.part.not_durable : part.part_id} onClick={onOpen}>
      {hasPicture && <Thumbnail key={part.id} part={part} />}
      <VerdictMark verdict={part.verdict} />
      <span className="mono">{score(part.score)}</span>
      <span className="mono strip-id">{shortId(part.part_id, ID_COLUMNS)}</span>
    </button>
  );
}
