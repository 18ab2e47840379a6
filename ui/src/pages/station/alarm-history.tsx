// Alarms of all jobs as the log has them: what happened in the night shift.
import { useAlarmHistory } from "../../api/queries";
import * as format from "../../format";
import { FetchedView } from "../../shell/fetched-view";
import { useText } from "../../text/language";
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
                  <td>{event.message}</td>
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
