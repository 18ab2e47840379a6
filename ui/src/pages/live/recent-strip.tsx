// The last parts in a row, newest first.
import { Link } from "wouter";
import type { PartSummary } from "../../api/types";
import { score } from "../../format";
import { VerdictMark } from "../../widgets/verdict-mark";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";

export function RecentStrip({ parts }: { parts: PartSummary[] }) {
  const text = useText();
  return (
    <section className="strip" aria-label={text.live.recent}>
      {parts.map((part) => <RecentPart key={`${part.job}/${part.part_no}`} part={part} />)}
      {parts.length === 0 && <span className="quiet">{text.live.recent_none}</span>}
    </section>
  );
}

function RecentPart({ part }: { part: PartSummary }) {
  const text = useText();
  const body = (
    <>
      <VerdictMark verdict={part.verdict} />
      <span className="mono">{score(part.score)}</span>
      <span className="mono strip-id"><bdi title={part.part_id}>{part.part_id}</bdi></span>
    </>
  );
  return part.id === null
    ? <span className="strip-part" data-verdict={part.verdict} title={text.part.not_durable}>{body}</span>
    : <Link href={`/parts/${part.id}`} className="strip-part" data-verdict={part.verdict} aria-label={fill(text.part.open, { part: part.part_id })}>{body}</Link>;
}
