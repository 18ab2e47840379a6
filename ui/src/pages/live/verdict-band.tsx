// The verdict across the whole page: colour, shape and word.
import { Link } from "wouter";
import { NO_VALUE, timeOfDay } from "../../format";
import { PartIdText } from "../../widgets/part-id";
import { VerdictMark } from "../../widgets/verdict-mark";
import { useText } from "../../text/language";
import type { LiveData } from "./live-data";

export function VerdictBand({ data }: { data: LiveData }) {
  const text = useText();
  const { part } = data;
  return (
    <section className="verdict-band" data-verdict={part.verdict} aria-live="off">
      <VerdictMark verdict={part.verdict} />
      <div className="verdict-words">
        <strong>{text.verdict_sign[part.verdict]}</strong>
        <span>{data.reason}</span>
      </div>
      <dl className="verdict-facts">
        <div>
          <dt>{text.part.id}</dt>
          <dd>{part.id === null ? <PartIdText id={part.part_id} /> : <Link href={`/parts/${part.id}`}><PartIdText id={part.part_id} /></Link>}</dd>
        </div>
        <div><dt>{text.part.style}</dt><dd>{part.style ?? text.part.style_none}</dd></div>
        <div><dt>{text.part.triggered}</dt><dd>{timeOfDay(part.triggered_at_us)}</dd></div>
        <div><dt>{text.part.disposition}</dt><dd>{text.disposition[part.disposition] || NO_VALUE}</dd></div>
      </dl>
    </section>
  );
}
