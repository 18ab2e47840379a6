// The line as the station sees it, for whoever wires it: devices, signals, handshakes, belt. Read-only.
import "../../look-line.css";
import { useLine } from "../../api/line";
import type { LineDevice, LineStatus } from "../../api/types";
import { dateTime } from "../../format";
import { FetchedView } from "../../shell/fetched-view";
import { fill } from "../../text/fill";
import { told, useLanguage, useText } from "../../text/language";
import { Facts, Panel } from "../../widgets/panel";
import { HandshakePanel } from "./handshake-panel";
import { beltFacts, laneWords, partFacts, state } from "./line-data";
import { SignalTable } from "./signal-table";
import { OwnWords } from "../../shell/own-words";
import { lasting } from "../../widgets/lasting";

export function LinePage() {
  const text = useText();
  const line = useLine();
  return (
    <div className="page line">
      <div className="page-head"><h1>{text.line.title}</h1><span className="quiet">{text.line.lead}</span></div>
      <FetchedView fetched={line}>{(value) => (value.devices.length === 0 ? <NoLine /> : <LineBody line={value} />)}</FetchedView>
    </div>
  );
}

function NoLine() {
  const text = useText();
  return <div className="notice"><b>{text.line.none_title}</b><p>{text.line.none_body}</p></div>;
}

function LineBody({ line }: { line: LineStatus }) {
  const text = useText();
  const nowUs = line.server_time_us;
  const hasSignals = line.signals.length > 0;
  return (
    <>
      <StateBand line={line} />
      <ul className="line-devices" aria-label={text.line.devices}>
        {line.devices.map((device) => <Device key={device.name} device={device} nowUs={nowUs} />)}
      </ul>
      {line.devices.map((device) => device.handshake !== null && <HandshakePanel key={device.name} device={device.name} handshake={device.handshake} nowUs={nowUs} />)}
      {hasSignals && <Panel title={text.line.inputs}><SignalTable signals={line.signals.filter((signal) => !signal.is_output)} nowUs={nowUs} /></Panel>}
      {hasSignals && <Panel title={text.line.outputs}><SignalTable signals={line.signals.filter((signal) => signal.is_output)} nowUs={nowUs} /></Panel>}
      <div className="line-facts">
        {line.encoder !== null && <Panel title={text.line.belt}><Facts facts={beltFacts(text, line)} /></Panel>}
        <Panel title={text.line.lanes}><Lanes line={line} /></Panel>
        <Panel title={text.line.parts}>{line.parts.length === 0 ? <p className="quiet">{text.line.parts_none}</p> : <Facts facts={partFacts(text, line)} />}</Panel>
      </div>
    </>
  );
}

function StateBand({ line }: { line: LineStatus }) {
  const { language, text } = useLanguage();
  const { tone, title, cause } = state(text, line);
  return (
    <div className="line-state" data-tone={tone} role="status">
      <b>{title}</b>
      {cause !== null && <span>{text.alarm[cause.code]} · {fill(text.line.since, { time: dateTime(cause.since_us) })}</span>}
      {cause !== null && <span>{told(language, cause.meaning)} <b className="to-do">{text.fault.what_to_do}</b> {told(language, cause.remedy)}</span>}
    </div>
  );
}

function Device({ device, nowUs }: { device: LineDevice; nowUs: number }) {
  const text = useText();
  const time = device.since_us === null ? "" : lasting(text, nowUs - device.since_us);
  const words = device.is_connected ? text.line.connected : device.since_us === null ? text.line.not_tried : text.line.gone;
  const roles = [device.announces && text.line.announces, device.takes_out && text.line.takes_out].filter((role) => role !== false);
  return (
    <li data-device={device.name} data-connected={device.is_connected}>
      <b>{device.name}</b>
      <span className="quiet mono">{device.kind}</span>
      <span className="connection" data-connected={device.is_connected || undefined}>{fill(words, { time })}</span>
      {roles.length > 0 && <span className="quiet">{roles.join(" · ")}</span>}
      {device.said_us !== null && <span className="device-said">{fill(text.line.said, { text: device.said === null || device.said === "" ? text.line.press : device.said, time: lasting(text, nowUs - device.said_us) })}</span>}
      {!device.is_armed && <span className="device-reason" data-bad="">{text.line.unproven}</span>}
      <WhyGone device={device} />
    </li>
  );
}

/** In the reader's language; what was found stands below as the log has it. */
function WhyGone({ device }: { device: LineDevice }) {
  const { language, text } = useLanguage();
  if (device.why === null) return null;
  const why = told(language, device.why.text);
  return (
    <>
      <span className="device-reason" data-why={device.why.code} data-bad={device.is_connected ? undefined : ""}>{device.is_connected ? fill(text.line.last_reason, { reason: why }) : why}</span>
      <span className="device-found"><OwnWords words={device.reason} /></span>
    </>
  );
}

function Lanes({ line }: { line: LineStatus }) {
  const text = useText();
  const facts = line.lanes.map((lane) => ({ name: lane.name, value: laneWords(text, lane) }));
  return <Facts facts={facts} />;
}
