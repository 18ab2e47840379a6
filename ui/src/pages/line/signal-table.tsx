// Inputs, or outputs, with what each is now and was a moment ago.
import type { LineSignal } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { EdgeHistory, Lamp } from "./edge-history";
import { meaning, rateWords, unseenWords, valueWords } from "./line-data";
import { lasting } from "../../widgets/lasting";

export function SignalTable({ signals, nowUs }: { signals: LineSignal[]; nowUs: number }) {
  const text = useText();
  if (signals.length === 0) return <p className="quiet">{text.line.none_of_them}</p>;
  return (
    <div className="signals-frame">
      <table className="table signals">
        <thead>
          <tr>
            <th>{text.line.meaning}</th><th>{text.line.value}</th><th>{text.line.history}</th>
            <th>{text.line.changed}</th><th className="number">{text.line.changes}</th><th>{text.line.where}</th>
          </tr>
        </thead>
        <tbody>
          {signals.map((signal) => (
            <tr key={`${signal.device} ${signal.address} ${signal.meaning}`} data-signal={signal.meaning}>
              <td>
                <div className="signal-meaning"><SignalLamp signal={signal} /><span>{meaning(text, signal)}</span></div>
                <div className="signal-where-below"><span>{signal.device}</span> <span className="mono">{signal.address}</span></div>
                {signal.unseen !== null && <div className="signal-unseen">{unseenWords(text, signal.unseen, nowUs)}</div>}
              </td>
              <td className="mono signal-value" data-kind={signal.kind}><SignalValue signal={signal} /></td>
              <td>{signal.kind === "bit" && <EdgeHistory edges={signal.edges} isOn={signal.is_on} changes={signal.changes} nowUs={nowUs} unseen={signal.unseen} />}</td>
              <td className="signal-changed">{signal.changed_us === null ? <span className="quiet">{text.line.never}</span> : fill(text.line.ago, { time: lasting(text, nowUs - signal.changed_us) })}</td>
              <td className="mono number">{signal.kind === "bit" ? format.whole(signal.changes) : format.NO_VALUE}</td>
              <td className="signal-where"><span>{signal.device}</span> <span className="mono">{signal.address}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How fast a number counts stands below it. */
function SignalValue({ signal }: { signal: LineSignal }) {
  const text = useText();
  const rate = rateWords(text, signal);
  return <>{valueWords(text, signal)}{rate !== null && <span className="signal-rate">{rate}</span>}</>;
}

/** Numbers and texts are neither on nor off. */
function SignalLamp({ signal }: { signal: LineSignal }) {
  const isBit = signal.kind === "bit" || signal.kind === "unknown";
  return isBit ? <Lamp isOn={signal.is_on} /> : <i className="signal-lamp" data-on="none" aria-hidden="true" />;
}
