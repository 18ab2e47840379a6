// Alarms of this job: what each means and what to do, since when, how often, and who has seen it.
import type { Alarm } from "../../api/types";
import * as format from "../../format";
import { Acknowledge } from "../../widgets/acknowledge";
import { OwnWords } from "../../shell/own-words";
import { WarningIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { told, useLanguage, useText } from "../../text/language";
import { alarmOrder } from "./station-data";

export function AlarmList({ alarms }: { alarms: Alarm[] }) {
  const text = useText();
  if (alarms.length === 0) return <p className="quiet">{text.station.alarms_none}</p>;
  return (
    <ul className="alarm-list">
      {alarmOrder(alarms).map((alarm) => <AlarmItem key={`${alarm.code} ${alarm.subject} ${alarm.began_us}`} alarm={alarm} />)}
    </ul>
  );
}

function AlarmItem({ alarm }: { alarm: Alarm }) {
  const text = useText();
  const { language } = useLanguage();
  const isActive = alarm.ended_us === null;
  const name = text.alarm[alarm.code];
  return (
    <li data-severity={isActive ? alarm.severity : "none"}>
      <WarningIcon />
      <div className="alarm-words">
        <b>{alarm.subject === "" ? name : `${name} · ${alarm.subject}`}</b>
        <span>{told(language, alarm.meaning)}</span>
        {isActive && <span><b className="to-do">{text.fault.what_to_do}</b> {told(language, alarm.remedy)}</span>}
        <OwnWords words={alarm.message} />
      </div>
      <div className="alarm-times">
        <span>{text.severity[alarm.severity]} · {fill(text.station.began, { time: format.dateTime(alarm.began_us) })}</span>
        {alarm.count > 1 && <span>{fill(text.station.repeated, { count: alarm.count, time: format.dateTime(alarm.last_seen_us) })}</span>}
        {alarm.ended_us !== null && <span>{fill(text.station.cleared, { time: format.dateTime(alarm.ended_us) })}</span>}
        {alarm.acknowledged !== null && (
          <span>{fill(text.station.acknowledged, { name: alarm.acknowledged.by, time: format.dateTime(alarm.acknowledged.at_us) })}</span>
        )}
        {isActive && alarm.acknowledged === null && <Acknowledge alarm={alarm} />}
      </div>
    </li>
  );
}
