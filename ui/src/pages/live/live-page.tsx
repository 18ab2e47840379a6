// The page that stands on the line: the newest part and its verdict, readable from five metres.
import { useMemo, useState } from "react";
import { useResults, useStation } from "../../api/queries";
import { mergeParts, RECENT_MAX } from "../../api/station-link";
import { valueOf } from "../../api/fetched";
import type { StationStatus } from "../../api/types";
import { Meter } from "../../widgets/meter";
import { Failure } from "../../shell/fetched-view";
import { ApiError } from "../../api/client";
import { useText } from "../../text/language";
import { CountGrid } from "./count-grid";
import { Faults } from "./fault-screen";
import { HeldPanel, HeldPictures } from "./held-reject";
import { agreementCells, countCells, liveData, STRIP_LENGTH, waitingWords } from "./live-data";
import { LivePictures, OverlaySwitch, type OverlayMode } from "./live-pictures";
import { RecentStrip } from "./recent-strip";
import { ShiftPanel } from "./shift-panel";
import { useHeld } from "./use-held";
import { VerdictBand } from "./verdict-band";
import { WorstPart } from "./worst-part";

export function LivePage() {
  const text = useText();
  const { link, status } = useStation();
  if (status !== null) return <LiveStation status={status} isGone={link === "gone"} />;
  if (link === "gone") return <div className="notice"><Failure error={new ApiError("offline", "")} /></div>;
  return <div className="waiting" role="status"><i aria-hidden="true" />{text.fetched.loading}</div>;
}

function LiveStation({ status, isGone }: { status: StationStatus; isGone: boolean }) {
  const text = useText();
  const { recent } = useStation();
  const [mode, setMode] = useState<OverlayMode>("heat");
  const [opacity, setOpacity] = useState(0.6);
  const stored = valueOf(useResults({ limit: RECENT_MAX }));
  const strip = useMemo(() => mergeParts(recent, stored?.items ?? [], RECENT_MAX), [recent, stored]);
  const held = useHeld();
  const data = liveData(text, status, strip);
  if (data === null) {
    const words = waitingWords(text, status);
    return <><Faults status={status} /><div className="notice"><h1>{words.title}</h1><p>{words.body}</p></div></>;
  }
  const isHeld = held.id !== null;
  return (
    <>
      <h1 className="only-read">{text.pages.live}</h1>
      <Faults status={status} />
      <div className="live" data-stale={isGone || undefined} data-held={isHeld || undefined}>
        <VerdictBand data={data} />
        <section className="live-pictures">
          {isHeld ? <HeldPictures key={held.id} part={held.part} /> : <LivePictures data={data} status={status} mode={mode} opacity={opacity} />}
          {!isHeld && <OverlaySwitch mode={mode} opacity={opacity} onMode={setMode} onOpacity={setOpacity} />}
        </section>
        <aside className="live-side">
          <HeldPanel held={held} />
          <ShiftPanel />
          <Meter title={text.live.score_of} value={data.score.value} at={data.score.at} tone={data.tone} marks={data.score.marks} />
          <Meter title={text.live.decision_time} value={data.time.value} at={data.time.at} tone={data.time.tone} marks={data.time.marks} note={data.time.note} />
          <CountGrid title={text.live.counts} cells={countCells(text, status)} />
          {status.agreement !== null && status.is_simulated && (
            <CountGrid title={text.live.agreement} cells={agreementCells(text, status.agreement)} badge={text.shell.simulated} />
          )}
          <WorstPart part={status.worst} />
        </aside>
        <RecentStrip parts={strip} places={STRIP_LENGTH} />
      </div>
    </>
  );
}
