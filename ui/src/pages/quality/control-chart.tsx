// A control chart: points, centre line and limits, and what lies outside.
import { useText } from "../../text/language";
import type { ChartShape } from "./quality-data";

export function ControlChart({ shape, label }: { shape: ChartShape; label: string }) {
  const text = useText();
  return (
    <figure className="control-chart" aria-label={label}>
      <div className="control-legend" aria-hidden="true">
        <span data-of="centre">{text.quality_chart.centre}</span>
        <span data-of="limits">{text.quality_chart.limits}</span>
        <span data-of="outside">{text.quality_chart.outside}</span>
      </div>
      <div className="control-plot">
        {shape.yTicks.map((tick) => <span key={tick.at} className="tick-y mono" style={{ bottom: `${tick.at * 100}%` }}>{tick.words}</span>)}
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {shape.centre !== null && <path className="control-centre" d={`M0 ${1 - shape.centre}L1 ${1 - shape.centre}`} />}
          <path className="control-limit" d={shape.low} />
          <path className="control-limit" d={shape.high} />
          <path className="control-line" d={shape.line} />
        </svg>
        {shape.points.map((point) => (
          <i key={point.key} className="control-point" data-outside={point.isOutside || undefined} title={point.words} style={{ left: `${point.x * 100}%`, bottom: `${point.y * 100}%` }} />
        ))}
      </div>
      <div className="axis-x control-axis">
        {shape.xTicks.map((tick) => <span key={tick.at} className="mono" style={{ left: `${tick.at * 100}%` }}>{tick.words}</span>)}
      </div>
      <ul className="control-outside">
        {shape.points.filter((point) => point.isOutside).slice(-6).map((point) => <li key={point.key}>{point.words}</li>)}
      </ul>
    </figure>
  );
}
