// Escapes and false rejects of a threshold, told from reviewed parts, and whether that is enough to trust it.
import "../../look-teach.css";
import "../../look-judged.css";
import { NumberInput } from "@mantine/core";
import { useDebouncedValue, useLocalStorage } from "@mantine/hooks";
import { Link } from "wouter";
import { type Costs, type Thresholds, useThresholdEvidence } from "../../api/queries";
import type { ThresholdEvidence, ThresholdOutcome } from "../../api/types";
import * as format from "../../format";
import { FetchedView } from "../../shell/fetched-view";
import { WarningIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { Panel } from "../../widgets/panel";
import { axisTicks } from "./tuning-data";
import { leastCost, mostOf, needWords, number, path, reviewedOf, rows, warning } from "./judged-data";

const ASK_AFTER_MS = 250;
const SCORE_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const NO_COSTS: Costs = { escape: null, false_reject: null, prevalence: null };

interface JudgedPanelProps {
  style: string;
  view: number;
  limits: Thresholds;
}

export function JudgedPanel({ style, view, limits }: JudgedPanelProps) {
  const text = useText();
  const [costs, setCosts] = useLocalStorage<Costs>({ key: "inspector.costs", defaultValue: NO_COSTS });
  const [asked] = useDebouncedValue({ limits, costs }, ASK_AFTER_MS);
  const evidence = useThresholdEvidence(style, view, asked.limits, asked.costs);
  return (
    <Panel className="tuning-judged" title={text.judged.title} aside={<Link href="/review">{text.judged.review}</Link>}>
      <FetchedView fetched={evidence}>
        {(value) => (reviewedOf(value) === 0 && value.unclear === 0
          ? <p className="quiet">{text.judged.none}</p>
          : <Judged evidence={value} />)}
      </FetchedView>
      <CostInputs costs={costs} onChange={setCosts} />
    </Panel>
  );
}

function Judged({ evidence }: { evidence: ThresholdEvidence }) {
  const text = useText();
  const { asked, in_use } = evidence;
  const isMoved = asked.accept_below !== in_use.accept_below || asked.rejects !== in_use.rejects;
  const said = isMoved ? warning(text, evidence) : null;
  return (
    <>
      <p className="quiet">
        {fill(text.judged.hint, { count: format.whole(evidence.examined), reviewed: format.whole(reviewedOf(evidence)) })}
        {evidence.unclear > 0 && ` ${fill(text.judged.unclear, { count: format.whole(evidence.unclear) })}`}
      </p>
      {said !== null && <p className="teach-warning judged-warning" role="alert"><WarningIcon /> <b>{said}</b></p>}
      <div className="judged-grid">
        <div className="table-frame">
          <table className="table judged-table">
            <thead>
              <tr>
                <th>{fill(text.judged.of_all, { count: format.whole(evidence.examined) })}</th>
                <th className="number">{fill(text.judged.in_use, { value: format.score(in_use.accept_below) })}</th>
                {isMoved && <th className="number">{fill(text.judged.as_set, { value: format.score(asked.accept_below) })}</th>}
              </tr>
            </thead>
            <tbody>
              {rows(text).map((row) => {
                const [now, next] = [row.of(in_use), row.of(asked)];
                return now === null || next === null ? null : (
                  <tr key={row.name}>
                    <td>{row.name}</td>
                    <Cell told={now} />
                    {isMoved && <Cell told={next} />}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
        <Needs evidence={evidence} />
      </div>
      <Curve evidence={evidence} in_use={in_use} asked={asked} />
    </>
  );
}

function Cell({ told }: { told: { value: string; range: string } }) {
  return <td className="number"><b>{told.value}</b>{told.range !== "" && <span className="quiet judged-range">{told.range}</span>}</td>;
}

function Needs({ evidence }: { evidence: ThresholdEvidence }) {
  const text = useText();
  return (
    <div className="judged-needs">
      <h3 className="label">{text.judged.enough}</h3>
      <ul>
        {evidence.needs.map((need) => {
          const told = needWords(text, need);
          return (
            <li key={need.claim} data-shown={told.isShown || undefined}>
              <span>{told.claim}</span>
              <b>{told.missing}</b>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Curve({ evidence, in_use, asked }: { evidence: ThresholdEvidence; in_use: ThresholdOutcome; asked: ThresholdOutcome }) {
  const text = useText();
  const most = mostOf(evidence);
  const least = leastCost(evidence);
  const dots = (counts: number[], kind: "defective" | "good") => counts.map((count, bin) => (count === 0 ? null : (
    <rect key={`${kind} ${bin}`} className="judged-seen" data-kind={kind} x={bin / counts.length} width={1 / counts.length} y={kind === "defective" ? 0 : 0.5} height={0.5} opacity={Math.min(1, 0.35 + count / 10)} />
  )));
  return (
    <div className="judged-curve">
      <h3 className="label">{text.judged.curve}</h3>
      <ul className="curve-legend">
        <li data-line="escapes">{text.judged.escapes}</li>
        <li data-line="false_rejects">{text.judged.false_rejects}</li>
        <li data-line="defective">{text.judged.curve_defective}</li>
        <li data-line="seen_good">{text.judged.curve_good}</li>
      </ul>
      <div className="curve-plot" role="img" aria-label={text.judged.curve_alt}>
        {axisTicks(most, false).map((tick) => <span key={tick.count} className="tick-y" style={{ bottom: `${tick.at * 100}%` }}>{format.whole(tick.count)}</span>)}
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          <path className="curve-line" data-line="escapes" d={path(evidence, "escapes", most)} />
          <path className="curve-line" data-line="false_rejects" d={path(evidence, "false_rejects", most)} />
        </svg>
        <i className="threshold-now" style={{ left: `${in_use.accept_below * 100}%` }} />
        {asked.accept_below !== in_use.accept_below && <i className="dot-threshold" style={{ left: `${asked.accept_below * 100}%` }} />}
      </div>
      <svg className="judged-strip" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        {dots(evidence.defective, "defective")}
        {dots(evidence.good, "good")}
      </svg>
      <div className="axis-x">
        {SCORE_TICKS.map((tick) => <span key={tick} style={{ left: `${tick * 100}%` }}>{tick.toFixed(1)}</span>)}
      </div>
      {least !== null && <p><b>{fill(text.judged.least, { cost: number(least.cost), value: format.score(least.value) })}</b></p>}
    </div>
  );
}

function CostInputs({ costs, onChange }: { costs: Costs; onChange: (costs: Costs) => void }) {
  const text = useText();
  const field = (label: string, key: keyof Costs, most: number, scale: number, placeholder?: string) => (
    <NumberInput
      className="cost-input" label={label} placeholder={placeholder} min={0} max={most} hideControls value={costs[key] === null ? "" : costs[key] * scale}
      onChange={(next) => onChange({ ...costs, [key]: typeof next === "number" ? next / scale : null })}
    />
  );
  return (
    <fieldset className="judged-costs">
      <legend className="label">{text.judged.costs}</legend>
      {field(text.judged.cost_escape, "escape", 1e9, 1)}
      {field(text.judged.cost_false_reject, "false_reject", 1e9, 1)}
      {field(text.judged.prevalence, "prevalence", 100, 100, text.judged.prevalence_hint)}
    </fieldset>
  );
}
