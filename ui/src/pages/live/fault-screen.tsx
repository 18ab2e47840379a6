// A fault over the whole page: what it is, what to do, since when, and the button that says that somebody has seen it.
import { type ReactNode, useState } from "react";
import { useStation } from "../../api/queries";
import type { Alarm, StationStatus } from "../../api/types";
import { timeOfDay } from "../../format";
import { Acknowledge } from "../../widgets/acknowledge";
import { lasting } from "../../widgets/lasting";
import { OwnWords } from "../../shell/own-words";
import { useNow } from "../../shell/use-now";
import { WarningIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { told, useLanguage, useText } from "../../text/language";
import { coveringFault, faultKey, faults } from "./fault-data";

export function Faults({ status }: { status: StationStatus }) {
  const text = useText();
  const { link, heardAt } = useStation();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const now = useNow();
  const all = faults(status);
  const hide = (key: string) => setHidden((before) => new Set([...before, key]));
  const goneKey = `gone ${heardAt ?? 0}`;
  if (link === "gone" && heardAt !== null && !hidden.has(goneKey)) {
    return (
      <FaultScreen title={text.shell.gone_title} hide={() => hide(goneKey)}>
        <p>{fill(text.shell.gone_body, { time: timeOfDay(heardAt * 1_000) })}</p>
        <p className="fault-since">{lasting(text, (now - heardAt) * 1_000)}</p>
      </FaultScreen>
    );
  }
  const fault = coveringFault(all, hidden);
  if (fault === null) return all.length === 0 ? null : <FaultBar alarms={all} />;
  return (
    <FaultScreen title={faultName(text.alarm[fault.code], fault)} hide={() => hide(faultKey(fault))}>
      <FaultWords alarm={fault} />
      <p className="fault-since">{fill(text.fault.since, { time: timeOfDay(fault.began_us), age: lasting(text, status.server_time_us - fault.began_us) })}</p>
      {all.length > 1 && <p>{all.length === 2 ? text.fault.more_one : fill(text.fault.more, { count: all.length - 1 })}</p>}
      <Acknowledge alarm={fault} />
    </FaultScreen>
  );
}

const faultName = (name: string, alarm: Alarm): string => (alarm.subject === "" ? name : `${name} · ${alarm.subject}`);

function FaultWords({ alarm }: { alarm: Alarm }) {
  const { language, text } = useLanguage();
  return (
    <>
      <p className="fault-meaning">{told(language, alarm.meaning)}</p>
      <p className="fault-remedy"><b className="to-do">{text.fault.what_to_do}</b> <span>{told(language, alarm.remedy)}</span></p>
      <OwnWords words={alarm.message} />
    </>
  );
}

function FaultScreen({ title, hide, children }: { title: string; hide: () => void; children: ReactNode }) {
  const text = useText();
  return (
    <div className="fault-screen" role="alertdialog" aria-label={title}>
      <WarningIcon />
      <strong>{title}</strong>
      {children}
      <button type="button" className="fault-hide" onClick={hide}>{text.fault.hide}</button>
    </div>
  );
}

/** Faults that somebody has seen stay in sight until they end. */
function FaultBar({ alarms }: { alarms: Alarm[] }) {
  const text = useText();
  const { language } = useLanguage();
  return (
    <ul className="fault-bar" aria-label={text.fault.title}>
      {alarms.map((alarm) => (
        <li key={faultKey(alarm)}><WarningIcon /><b>{faultName(text.alarm[alarm.code], alarm)}</b><span>{told(language, alarm.remedy)}</span></li>
      ))}
    </ul>
  );
}
