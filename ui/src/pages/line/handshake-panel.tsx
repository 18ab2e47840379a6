// A handshake as its two sides see it, and who waits for what.
import type { HandshakeBit, HandshakeWait, LineHandshake } from "../../api/types";
import { fill } from "../../text/fill";
import { told, useLanguage, useText } from "../../text/language";
import { Facts } from "../../widgets/panel";
import { Panel } from "../../widgets/panel";
import { EdgeHistory, Lamp } from "./edge-history";
import { bitsShown, handshakeFacts, isLong } from "./line-data";
import { lasting } from "../../widgets/lasting";

interface HandshakePanelProps {
  device: string;
  handshake: LineHandshake;
  nowUs: number;
}

export function HandshakePanel({ device, handshake, nowUs }: HandshakePanelProps) {
  const text = useText();
  return (
    <Panel className="wide" title={fill(text.line.handshake, { device })} aside={text.line.history}>
      <div className="waits">
        <Wait name={text.line.waits_trigger} wait={handshake.trigger} nowUs={nowUs} />
        <Wait name={text.line.waits_result} wait={handshake.result} nowUs={nowUs} />
      </div>
      <div className="handshake">
        <BitColumn title={text.line.plc_sets} bits={bitsShown(handshake.plc)} nowUs={nowUs} />
        <BitColumn title={text.line.station_sets} bits={bitsShown(handshake.station)} nowUs={nowUs} />
        <Facts facts={handshakeFacts(text, handshake)} />
      </div>
    </Panel>
  );
}

function Wait({ name, wait, nowUs }: { name: string; wait: HandshakeWait | null; nowUs: number }) {
  const { language, text } = useLanguage();
  if (wait === null) return <div className="wait"><b>{name}</b><span className="quiet">{text.line.result_idle}</span></div>;
  return (
    <div className="wait" data-wait={wait.code} data-long={isLong(wait, nowUs) || undefined}>
      <b>{name}</b>
      <span>{told(language, wait.text)}</span>
      <span className="wait-side">{wait.is_for_plc ? text.line_side.plc : text.line_side.station} · {fill(text.line.waiting_for, { time: lasting(text, nowUs - wait.since_us) })}</span>
    </div>
  );
}

function BitColumn({ title, bits, nowUs }: { title: string; bits: HandshakeBit[]; nowUs: number }) {
  return (
    <div className="bit-column">
      <h3>{title}</h3>
      <ul>
        {bits.map((bit) => (
          <li key={bit.name} title={bit.meaning} data-bit={bit.name} data-on={bit.is_on || undefined}>
            <Lamp isOn={bit.is_on} />
            <span className="bit-name">{bit.name}</span>
            <EdgeHistory edges={bit.edges} isOn={bit.is_on} changes={bit.changes} nowUs={nowUs} />
          </li>
        ))}
      </ul>
    </div>
  );
}
