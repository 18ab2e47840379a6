// A value on a scale with marks: score against thresholds, time against the budget.
import type { ReactNode } from "react";

interface Mark {
  /** 0 to 1 along the scale. */
  at: number;
  label: string;
}
interface MeterProps {
  title: string;
  value: ReactNode;
  /** 0 to 1; null draws no bar. */
  at: number | null;
  tone: "plain" | "good" | "bad" | "unsure";
  marks: Mark[];
  note?: string | undefined;
}

const place = (at: number): string => `${Math.min(1, Math.max(0, at)) * 100}%`;

export function Meter({ title, value, at, tone, marks, note }: MeterProps) {
  return (
    <div className="meter" data-tone={tone}>
      <div className="meter-head">
        <span className="label">{title}</span>
        <span className="meter-marks">{marks.map((mark) => mark.label).join(" · ")}</span>
        {note !== undefined && note !== "" && <b className="meter-note">{note}</b>}
        <span className="meter-value">{value}</span>
      </div>
      <div className="meter-scale">
        <div className="meter-bar" style={{ width: at === null ? 0 : place(at) }} />
        {marks.map((mark) => <i key={mark.label} style={{ left: place(mark.at) }} />)}
      </div>
    </div>
  );
}
