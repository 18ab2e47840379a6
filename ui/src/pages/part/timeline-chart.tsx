// The times of one view as bars from the trigger on, with the budget as a line.
import { milliseconds } from "../../format";
import { useText } from "../../text/language";
import type { Timeline } from "./part-data";

export function TimelineChart({ data }: { data: Timeline }) {
  const text = useText();
  const place = (us: number): string => `${(us / data.end) * 100}%`;
  return (
    <div className="timeline">
      {data.spans.map((span) => (
        <div key={span.name} className="timeline-row">
          <span>{span.name}</span>
          <div className="timeline-track">
            <i data-work={span.isWork || undefined} style={{ left: place(span.start), width: place(Math.max(span.end - span.start, data.end / 400)) }} />
            {data.marks.map((mark) => <b key={mark.kind} data-kind={mark.kind} style={{ left: place(mark.at) }} />)}
          </div>
          <span className="mono number">{milliseconds(span.end - span.start)}</span>
        </div>
      ))}
      <dl className="timeline-marks">
        {data.marks.map((mark) => (
          <div key={mark.kind} data-kind={mark.kind}>
            <dt>{mark.name}</dt>
            <dd className="mono">{milliseconds(mark.at)} {text.unit.ms}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
