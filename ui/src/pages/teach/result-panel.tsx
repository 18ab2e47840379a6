// What was learnt: held-out scores, the proposed threshold, and what can honestly be said of it.
import { Link } from "wouter";
import { useStation } from "../../api/queries";
import type { Lesson, TaughtModel, TeachingStatus } from "../../api/types";
import * as format from "../../format";
import { Panel } from "../../widgets/panel";
import { WarningIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { DefectsToldTable } from "./defects-told";
import { EvidenceTold } from "./evidence-told";
import { RejectPicture } from "./reject-picture";
import { ScoreDots } from "./score-dots";
import { isWeak, judged, shareAtMost } from "./teach-data";

export function ResultPanel({ status, lesson, taught }: { status: TeachingStatus; lesson: Lesson; taught: TaughtModel }) {
  const text = useText();
  const aside = fill(text.teach.result_of, { name: taught.name, seconds: taught.seconds.toFixed(0), size: format.bytes(taught.bytes) });
  return (
    <Panel title={text.teach.result} aside={aside}>
      <ScoreDots taught={taught} threshold={taught.threshold} />
      <Sayings taught={taught} />
      <EvidenceTold status={status} lesson={lesson} taught={taught} />
      <DefectsToldTable taught={taught} min={status.defects_min} />
      {taught.rejects.length > 0 && (
        <ul className="tried-rejects">
          {[...taught.rejects].sort((a, b) => a.score - b.score).map((each) => (
            <li key={`${each.id} ${each.view}`} data-missed={each.score < taught.threshold || undefined}>
              <Link href={`/parts/${each.id}`} title={each.part_id} aria-label={fill(text.part.open, { part: each.part_id })}>
                <RejectPicture reject={each} />
                <span className="mono">{format.score(each.score)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <p className="quiet">{fill(text.teach.accepted_as, { id: taught.acceptance })}</p>
      {taught.place.align && <p className="quiet">{fill(text.teach.aligned_by, { picture: taught.place.align.reference })}</p>}
    </Panel>
  );
}

function Sayings({ taught }: { taught: TaughtModel }) {
  const text = useText();
  const budget = useStation().status?.budget.decide_by_ms ?? null;
  const told = judged(taught, taught.threshold);
  const isShown = taught.at_most <= 1.5 * taught.target;
  const ms = taught.run_us / 1_000;
  const isSlow = budget !== null && ms > budget;
  return (
    <ul className="teach-sayings">
      <li><b>{fill(text.teach.proposed, { value: format.score(taught.threshold) })}</b></li>
      <li>{fill(text.teach.says_good, { rejected: told.goodRejected, count: told.good })}</li>
      <li>{fill(text.teach.says_bound, { share: (100 * shareAtMost(told.goodRejected, told.good)).toFixed(1) })}</li>
      {!isShown && <li className="teach-warning"><WarningIcon /> {fill(text.teach.says_bound_few, { count: told.good, target: (100 * taught.target).toFixed(0), needed: taught.images_needed })}</li>}
      {told.rejects > 0 && <li>{fill(text.teach.says_rejects, { found: told.rejectsFound, count: told.rejects })}</li>}
      {told.rejects === 0 && taught.told === null && <li>{text.teach.says_no_rejects}</li>}
      {isWeak(told) && <li className="teach-warning"><WarningIcon /> {fill(text.teach.says_weak, { missed: told.rejects - told.rejectsFound })}</li>}
      {isSlow
        ? <li className="teach-warning"><WarningIcon /> {fill(text.teach.says_slow, { ms: ms.toFixed(0), budget })}</li>
        : <li>{fill(text.teach.says_time, { ms: ms.toFixed(ms < 10 ? 1 : 0) })}</li>}
      {taught.sight && <Looks sight={taught.sight} />}
    </ul>
  );
}

function Looks({ sight }: { sight: NonNullable<TaughtModel["sight"]> }) {
  const text = useText();
  const size = (sides: number[]) => sides.join("×");
  const ms = (us: number) => (us / 1_000).toFixed(0);
  const looks = fill(text.teach.says_looks, { sizes: sight.sizes.map(size).join(text.teach.looks_and), budget: ms(sight.budget_us) });
  const closer = sight.closer && fill(text.teach.says_closer, { size: size(sight.closer.size), ms: ms(sight.closer.takes_us) });
  return <li>{looks}{closer !== null && ` ${closer}`}</li>;
}
