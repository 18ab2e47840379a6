// Parts without a result of their own: when, how many where that is known, and why.
import { useGaps } from "../../api/queries";
import { FetchedView } from "../../shell/fetched-view";
import { OwnWords } from "../../shell/own-words";
import { useText } from "../../text/language";
import { gapRow } from "./station-data";

export function GapList() {
  const text = useText();
  return (
    <FetchedView fetched={useGaps()}>
      {(gaps) => gaps.length === 0 ? <p className="quiet">{text.gap.none}</p> : (
        <table className="table gaps">
          <thead><tr><th>{text.gap.time}</th><th>{text.gap.parts}</th><th>{text.gap.why}</th></tr></thead>
          <tbody>
            {gaps.map((gap) => {
              const row = gapRow(text, gap);
              return (
                <tr key={`${gap.place} ${gap.kind}`} data-gap={gap.kind}>
                  <td className="mono">{row.time}</td>
                  <td>{row.parts}</td>
                  <td>{row.why}<span className="gap-told"><OwnWords words={gap.message} /></span></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </FetchedView>
  );
}
