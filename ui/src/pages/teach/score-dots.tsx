// Scores as dots: good images that the model had not seen above, parts that were rejected before below.
import type { TaughtModel } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { dots } from "./teach-data";

const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const STEP_PX = 13;
const LANE_PX_MIN = 40;

export function ScoreDots({ taught, threshold }: { taught: TaughtModel; threshold: number }) {
  const text = useText();
  const all = dots(taught);
  const lane = (kind: "good" | "reject") => {
    const highest = Math.max(-1, ...all.filter((dot) => dot.kind === kind).map((dot) => dot.level));
    return Math.max(LANE_PX_MIN, (highest + 1) * STEP_PX + 8);
  };
  const lanes = taught.rejects.length > 0 ? (["good", "reject"] as const) : (["good"] as const);
  const label = fill(text.teach.chart_alt, { good: taught.held_out.length, rejects: taught.rejects.length });
  return (
    <div className="score-dots" role="img" aria-label={label}>
      {lanes.map((kind) => (
        <div key={kind} className="dot-lane" data-kind={kind} style={{ height: lane(kind) }}>
          <span className="label">{kind === "good" ? text.teach.good : text.teach.rejects}</span>
          <div className="dot-plot">
            <i className="dot-zone" style={{ left: `${threshold * 100}%` }} />
            {all.filter((dot) => dot.kind === kind).map((dot) => (
              <i key={dot.key} className="dot" style={{ left: `${dot.x * 100}%`, bottom: dot.level * STEP_PX + 3 }} />
            ))}
            <i className="dot-threshold" style={{ left: `${threshold * 100}%` }} />
          </div>
        </div>
      ))}
      <div className="dot-axis">
        <span />
        <div>
          {TICKS.map((tick) => <span key={tick} style={{ left: `${tick * 100}%` }}>{tick.toFixed(1)}</span>)}
          <b className="mono" style={{ left: `${threshold * 100}%` }}>{format.score(threshold)}</b>
        </div>
      </div>
    </div>
  );
}
