// A bit over the last seconds, as an oscilloscope draws it.
import type { LineEdge, LineUnseen } from "../../api/types";
import { levels, unseenSpan } from "./line-data";

interface EdgeHistoryProps {
  edges: LineEdge[];
  isOn: boolean | null;
  changes: number;
  nowUs: number;
  /** Between which times it was last looked at too rarely. */
  unseen?: LineUnseen | null;
}

const WIDTH = 200;
const HIGH = 4;
const LOW = 18;

export function EdgeHistory({ edges, isOn, changes, nowUs, unseen = null }: EdgeHistoryProps) {
  const all = levels(edges, isOn, changes, nowUs);
  const span = unseen === null ? null : unseenSpan(unseen, nowUs);
  const y = (isHigh: boolean) => (isHigh ? HIGH : LOW);
  const path = all.map((level, at) => `${at === 0 ? "M" : "L"}${level.from * WIDTH} ${y(level.isOn)}L${level.to * WIDTH} ${y(level.isOn)}`).join("");
  return (
    <svg className="edge-history" viewBox={`0 0 ${WIDTH} 22`} preserveAspectRatio="none" aria-hidden="true">
      {all.filter((level) => level.isOn).map((level) => <rect key={level.from} x={level.from * WIDTH} y={HIGH} width={Math.max(0.8, (level.to - level.from) * WIDTH)} height={LOW - HIGH} />)}
      <path d={path} />
      {span !== null && <rect className="unseen" x={span.from * WIDTH} y={0} width={Math.max(2, (span.to - span.from) * WIDTH)} height={22} />}
    </svg>
  );
}

export function Lamp({ isOn }: { isOn: boolean | null }) {
  return <i className="signal-lamp" data-on={isOn === null ? "unknown" : isOn ? "on" : "off"} aria-hidden="true" />;
}
