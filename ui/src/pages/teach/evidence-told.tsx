// What other thresholds would do, what is known of defects, and what would make it surer.
import { lessonImageAddress } from "../../api/teaching";
import type { Evidence, Lesson, TaughtModel, TeachingStatus } from "../../api/types";
import * as format from "../../format";
import { WarningIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { band, countedWords, outcomes, line, percent, type Row, rows, shareOf, weakness } from "./evidence-data";
import { imageName } from "./teach-data";

const SCORE_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const SHARE_TICKS = [0, 0.5, 1];
const THUMBNAIL_PX = 280;

interface EvidenceToldProps {
  status: TeachingStatus;
  lesson: Lesson;
  taught: TaughtModel;
}

export function EvidenceTold({ status, lesson, taught }: EvidenceToldProps) {
  const text = useText();
  const { evidence } = taught;
  if (evidence === null) return null;
  return (
    <section className="evidence">
      <DefectsKnown lesson={lesson} taught={taught} evidence={evidence} />
      <h3 className="label">{text.evidence.title}</h3>
      <OperatingCurve evidence={evidence} threshold={taught.threshold} />
      <ThresholdTable evidence={evidence} threshold={taught.threshold} />
      <More status={status} taught={taught} evidence={evidence} />
    </section>
  );
}

function OperatingCurve({ evidence, threshold }: { evidence: Evidence; threshold: number }) {
  const text = useText();
  const { curve } = evidence;
  const hasDefects = evidence.caught.of > 0;
  return (
    <div className="operating-curve">
      <ul className="curve-legend">
        <li data-line="good">{text.evidence.good}</li>
        <li data-line="expected">{text.evidence.expected}</li>
        {hasDefects && <li data-line="defects">{text.evidence.defects}</li>}
      </ul>
      <div className="curve-plot" role="img" aria-label={text.evidence.chart_alt}>
        {SHARE_TICKS.map((tick) => <span key={tick} className="tick-y" style={{ bottom: `${tick * 100}%` }}>{100 * tick} %</span>)}
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          <path className="curve-band" data-line="good" d={band(curve, (point) => point.good)} />
          {hasDefects && <path className="curve-band" data-line="defects" d={band(curve, (point) => point.defects)} />}
          <path className="curve-line" data-line="expected" d={line(curve, (point) => point.expected)} />
          <path className="curve-line" data-line="good" d={line(curve, (point) => shareOf(point.good))} />
          {hasDefects && <path className="curve-line" data-line="defects" d={line(curve, (point) => shareOf(point.defects))} />}
        </svg>
        <i className="dot-threshold" style={{ left: `${threshold * 100}%` }} />
        {evidence.accept_below < threshold && <i className="curve-second" style={{ left: `${evidence.accept_below * 100}%` }} />}
      </div>
      <div className="axis-x">
        {SCORE_TICKS.map((tick) => <span key={tick} style={{ left: `${tick * 100}%` }}>{tick.toFixed(1)}</span>)}
      </div>
      <p className="quiet">{text.evidence.hint}</p>
    </div>
  );
}

function ThresholdTable({ evidence, threshold }: { evidence: Evidence; threshold: number }) {
  const text = useText();
  const hasDefects = evidence.caught.of > 0;
  const name = ({ kind, point }: Row) => {
    const value = point.threshold.toFixed(2);
    if (kind === "proposed") return fill(text.evidence.proposed, { value });
    return kind === "second" ? fill(text.evidence.second, { value }) : value;
  };
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th>{text.evidence.at}</th>
            <th className="number">{text.evidence.good}</th>
            <th className="number">{text.evidence.expected}</th>
            {hasDefects && <th className="number">{text.evidence.defects}</th>}
          </tr>
        </thead>
        <tbody>
          {rows(evidence, threshold).map((row) => (
            <tr key={row.point.threshold} data-used={row.kind === "proposed" || undefined}>
              <td>{name(row)}</td>
              <td className="mono number">{countedWords(text, row.point.good)}</td>
              <td className="mono number">{percent(row.point.expected)} %</td>
              {hasDefects && <td className="mono number">{countedWords(text, row.point.defects)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What more good parts would show, and the second line. */
function More({ status, taught, evidence }: { status: TeachingStatus; taught: TaughtModel; evidence: Evidence }) {
  const text = useText();
  const { remedy } = evidence;
  const isBeyond = remedy !== null && taught.held_out.length + remedy.images_more > status.images_max;
  return (
    <ul className="teach-sayings">
      <li>{fill(text.evidence.normal_range, { low: percent(evidence.expected_low), high: percent(evidence.expected_high) })}</li>
      {remedy !== null && (
        <li>
          <b>{fill(text.evidence.remedy, { more: remedy.images_more, share: percent(remedy.share) })}</b>
          {isBeyond && ` ${fill(text.evidence.remedy_beyond, { max: status.images_max })}`}
        </li>
      )}
      {evidence.accept_below < taught.threshold && (
        <li>{fill(text.evidence.second_line, { value: format.score(evidence.accept_below), share: percent(evidence.doubtful) })}</li>
      )}
    </ul>
  );
}

/** What the model does to defects that a person has looked at: loud where it misses some. */
function DefectsKnown({ lesson, taught, evidence }: { lesson: Lesson; taught: TaughtModel; evidence: Evidence }) {
  const text = useText();
  const { caught, drawn } = evidence;
  const threshold = taught.threshold;
  if (caught.of === 0) {
    return <p className="teach-warning"><WarningIcon /> <span>{fill(text.evidence.no_defects, { count: drawn.count, of: drawn.of })}</span></p>;
  }
  const missed = caught.of - caught.count;
  const shares = { of: caught.of, low: percent(caught.low), high: percent(caught.high) };
  if (missed === 0) return <p>{fill(text.evidence.all_caught, shares)}</p>;
  return (
    <div className="defects-missed" role="alert" data-weak={weakness(taught, threshold) !== null || undefined}>
      <p className="teach-warning"><WarningIcon /> <span>{fill(text.evidence.missed, { missed, threshold: format.score(threshold), ...shares })}</span></p>
      {weakness(taught, threshold) !== null && <p><b>{text.evidence.weak}</b></p>}
      <p>{text.evidence.missed_remedy}</p>
      <Outcomes lesson={lesson} evidence={evidence} threshold={threshold} />
    </div>
  );
}

function Outcomes({ lesson, evidence, threshold }: { lesson: Lesson; evidence: Evidence; threshold: number }) {
  const text = useText();
  const words = { missed: text.evidence.is_missed, doubtful: text.evidence.is_doubtful, caught: text.evidence.is_caught };
  return (
    <ul className="tried-rejects defect-outcomes">
      {outcomes(evidence, threshold, evidence.accept_below).map(({ n, score, outcome }) => {
        const image = lesson.defects.find((each) => each.n === n);
        return (
          <li key={n} data-missed={outcome !== "caught" || undefined}>
            <figure title={image === undefined ? String(n) : imageName(image)}>
              {image !== undefined && <img src={lessonImageAddress(lesson.id, n, THUMBNAIL_PX)} alt={fill(text.teach.image_alt, { n, part: imageName(image) })} loading="lazy" decoding="async" />}
              <figcaption><span className="mono">{format.score(score)}</span> {words[outcome]}</figcaption>
            </figure>
          </li>
        );
      })}
    </ul>
  );
}
