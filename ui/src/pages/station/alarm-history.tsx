// Alarms of all jobs as the log has them: what happened in the night shift.
import { useAlarmHistory } from "../../api/queries";
import * as format from "../../format";
import { FetchedView } from "../../shell/fetched-view";
import { ALARM_TOLD } from "../../text/alarm-told";
import { told, useLanguage, useText } from "../../text/language";
import { OwnWords } from "../../shell/own-words";
import { alarmName, severityName } from "./station-data";

export function AlarmHistory() {
  const text = useText();
  return (
    <FetchedView fetched={useAlarmHistory()}>
      {(events) => events.length === 0 ? <p className="quiet">{text.station.history_none}</p> : (
        <div className="table-frame">
          <table className="table">
            <tbody>
              {events.map((event) => (
                <tr key={event.id}>
                  <td className="mono">{format.dateTime(event.at_us)}</td>
                  <td>{severityName(text, event.severity)}</td>
                  <td>{alarmName(text, event.kind)}</td>
                  <td><Meaning kind={event.kind} isOver={event.severity === "info"} /><OwnWords words={event.message} /></td>
                  <td className="number">{event.job ?? format.NO_VALUE}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </FetchedView>
  );
}

/** By its code, in the reader's language; the log itself has only the station's sentence. */
function Meaning({ kind, isOver }: { kind: string; isOver: boolean }) {
  const { language, text } = useLanguage();
  if (isOver) return text.station.over;
  const known = Object.hasOwn(ALARM_TOLD, kind) ? ALARM_TOLD[kind] : undefined;
  return known === undefined ? null : told(language, known.meaning);
}
