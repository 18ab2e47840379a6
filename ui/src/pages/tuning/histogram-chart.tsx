// Past scores as stacked bars, with the thresholds as handles over them.
import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import type { Thresholds } from "../../api/queries";
import type { Histogram, Verdict } from "../../api/types";
import * as format from "../../format";
import { VerdictTag } from "../../widgets/verdict-mark";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { axisTicks, histogramBars, THRESHOLD_STEP } from "./tuning-data";

const VERDICTS: Verdict[] = ["pass", "not_decided", "fail"];
const SCORE_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const COARSE = 10;

interface HistogramChartProps {
  histogram: Histogram;
  limits: Thresholds;
  current: Thresholds;
  isLog: boolean;
  isBand: boolean;
  onMove: (which: keyof Thresholds, to: number) => void;
}

export function HistogramChart({ histogram, limits, current, isLog, isBand, onMove }: HistogramChartProps) {
  const text = useText();
  const plot = useRef<HTMLDivElement | null>(null);
  const { pieces, most } = histogramBars(histogram, isLog);
  const at = (clientX: number): number => {
    const box = plot.current?.getBoundingClientRect();
    return box ? (clientX - box.left) / box.width : 0;
  };
  return (
    <div className="histogram">
      <div className="histogram-legend">
        {VERDICTS.map((verdict) => <VerdictTag key={verdict} verdict={verdict} />)}
        <span className="push quiet">{fill(text.tuning.scored, { count: format.whole(histogram.scored) })}</span>
      </div>
      <div className="histogram-plot" ref={plot}>
        {axisTicks(most, isLog).map((tick) => (
          <span key={tick.count} className="tick-y" style={{ bottom: `${tick.at * 100}%` }}>{format.whole(tick.count)}</span>
        ))}
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          <rect className="zone" data-verdict="fail" x={limits.reject_above} y={0} width={1 - limits.reject_above} height={1} />
          <rect className="zone" data-verdict="not_decided" x={limits.accept_below} y={0} width={Math.max(0, limits.reject_above - limits.accept_below)} height={1} />
          {pieces.map((piece) => (
            <rect key={`${piece.x} ${piece.verdict}`} className="bin" data-verdict={piece.verdict} x={piece.x + piece.width * 0.08} y={piece.y} width={piece.width * 0.84} height={piece.height} />
          ))}
        </svg>
        <i className="threshold-now" style={{ left: `${current.reject_above * 100}%` }} />
        {histogram.scored === 0 && <span className="histogram-none">{text.tuning.no_scores}</span>}
        {isBand && <Handle kind="accept_below" label={text.tuning.accept_below} value={limits.accept_below} at={at} onMove={onMove} />}
        <Handle kind="reject_above" label={text.tuning.reject_above} value={limits.reject_above} at={at} onMove={onMove} />
      </div>
      <div className="axis-x">
        {SCORE_TICKS.map((tick) => <span key={tick} style={{ left: `${tick * 100}%` }}>{tick.toFixed(1)}</span>)}
      </div>
    </div>
  );
}

interface HandleProps {
  kind: keyof Thresholds;
  label: string;
  value: number;
  at: (clientX: number) => number;
  onMove: (which: keyof Thresholds, to: number) => void;
}

function Handle({ kind, label, value, at, onMove }: HandleProps) {
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => event.currentTarget.setPointerCapture(event.pointerId);
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onMove(kind, at(event.clientX));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const to = keyTarget(event.key, value, THRESHOLD_STEP * (event.shiftKey ? COARSE : 1));
    if (to === null) return;
    event.preventDefault();
    onMove(kind, to);
  };
  return (
    <div
      className="handle" data-kind={kind} style={{ left: `${value * 100}%` }} role="slider" tabIndex={0}
      aria-label={label} aria-valuemin={0} aria-valuemax={1} aria-valuenow={value} aria-valuetext={format.score(value)} aria-orientation="horizontal"
      onPointerDown={onPointerDown} onPointerMove={onPointerMove} onKeyDown={onKeyDown}
    >
      <span className="handle-flag" data-side={value > 0.8 ? "left" : "right"}>{label} <b className="mono">{format.score(value)}</b></span>
    </div>
  );
}

/** Where a key moves a handle, after the WAI-ARIA slider pattern; null for keys that do not. */
function keyTarget(key: string, value: number, step: number): number | null {
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return value + step;
    case "ArrowLeft":
    case "ArrowDown":
      return value - step;
    case "PageUp":
      return value + step * COARSE * COARSE;
    case "PageDown":
      return value - step * COARSE * COARSE;
    case "Home":
      return 0;
    case "End":
      return 1;
    default:
      return null;
  }
}
