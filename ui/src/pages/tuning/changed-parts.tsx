// Past parts that would have had another verdict.
import { Link } from "wouter";
import type { Fetched } from "../../api/fetched";
import type { ChangedPart, WouldChange } from "../../api/types";
import * as format from "../../format";
import { Thumbnail } from "../../widgets/thumbnail";
import { VerdictMark } from "../../widgets/verdict-mark";
import { PartIdText } from "../../widgets/part-id";
import { FetchedView } from "../../shell/fetched-view";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { changeCells, changedTotal } from "./tuning-data";

export function ChangedParts({ change }: { change: Fetched<WouldChange> }) {
  const text = useText();
  return (
    <FetchedView fetched={change}>
      {(value) => (
        <>
          <p className="quiet">{fill(text.tuning.examined, { count: format.whole(value.examined) })}</p>
          <dl className="change-cells">
            {changeCells(text, value).map((cell) => (
              <div key={cell.name} data-tone={cell.value === 0 ? "quiet" : cell.tone}>
                <dt>{cell.name}</dt>
                <dd className="mono">{format.whole(cell.value)}</dd>
              </div>
            ))}
          </dl>
          {changedTotal(value) === 0
            ? <p className="quiet">{text.tuning.nothing_changes}</p>
            : <p className="quiet">{fill(text.tuning.shown, { shown: value.items.length, total: format.whole(changedTotal(value)) })}</p>}
          <div className="changed-parts">
            {value.items.map((item) => <Changed key={`${item.part.job}/${item.part.part_no}`} item={item} />)}
          </div>
        </>
      )}
    </FetchedView>
  );
}

function Changed({ item }: { item: ChangedPart }) {
  const text = useText();
  const { part } = item;
  const words = `${part.part_id}: ${text.verdict[item.from]} → ${text.verdict[item.to]}`;
  const body = (
    <>
      <Thumbnail part={part} />
      <span className="changed-move"><VerdictMark verdict={item.from} /> → <VerdictMark verdict={item.to} /> <span className="mono">{format.score(part.score)}</span></span>
      <span className="mono changed-id"><PartIdText id={part.part_id} /></span>
    </>
  );
  return part.id === null
    ? <span className="changed" title={words}>{body}</span>
    : <Link className="changed" href={`/parts/${part.id}`} title={words} aria-label={words}>{body}</Link>;
}
