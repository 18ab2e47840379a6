// The part with the highest score of this job.
import { Link } from "wouter";
import type { PartSummary } from "../../api/types";
import { score, timeOfDay } from "../../format";
import { PartIdText } from "../../widgets/part-id";
import { Thumbnail } from "../../widgets/thumbnail";
import { VerdictTag } from "../../widgets/verdict-mark";
import { useText } from "../../text/language";
import { reasonLine } from "../../verdict";

export function WorstPart({ part }: { part: PartSummary | null }) {
  const text = useText();
  return (
    <section className="worst">
      <h2 className="label">{text.live.worst}</h2>
      {part === null ? <p className="quiet">{text.live.worst_none}</p> : <WorstCard part={part} />}
    </section>
  );
}

function WorstCard({ part }: { part: PartSummary }) {
  const text = useText();
  const body = (
    <>
      <Thumbnail part={part} />
      <span className="worst-words">
        <span className="worst-line mono"><b><PartIdText id={part.part_id} /></b><b>{score(part.score)}</b></span>
        <span className="worst-line"><VerdictTag verdict={part.verdict} /><span className="quiet">{reasonLine(text, part)}</span></span>
        <span className="mono quiet">{timeOfDay(part.triggered_at_us)}</span>
      </span>
    </>
  );
  return part.id === null ? <div className="worst-card">{body}</div> : <Link href={`/parts/${part.id}`} className="worst-card">{body}</Link>;
}
