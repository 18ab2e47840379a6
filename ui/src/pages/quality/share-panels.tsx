// Why parts were rejected, and of which styles and shifts.
import type { Cause, NamedShare, Quality } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { defectName } from "../../verdict";
import { Panel } from "../../widgets/panel";
import { intervalWords, PARETO_MAX, type ParetoRow, paretoRows, shareOf, shareWords } from "./quality-data";

export function CausePanels({ quality }: { quality: Quality }) {
  const text = useText();
  const rejects = quality.total.rejected;
  const aside = (count: number) => (count > PARETO_MAX ? fill(text.quality.shown_first, { count: PARETO_MAX }) : undefined);
  const causes = paretoRows(text, quality.causes, rejects, (name) => text.cause[name as Cause] ?? name);
  const classes = paretoRows(text, quality.defects, rejects, (name) => defectName(text, name));
  return (
    <>
      <Panel title={text.quality.causes} aside={aside(quality.causes.length)}>
        {causes.length === 0 ? <p className="quiet">{text.quality.no_rejects}</p> : <Pareto rows={causes} />}
      </Panel>
      <Panel title={text.quality.classes} aside={aside(quality.defects.length)}>
        {classes.length === 0 ? <p className="quiet">{text.quality.no_classes}</p> : <Pareto rows={classes} />}
      </Panel>
    </>
  );
}

function Pareto({ rows }: { rows: ParetoRow[] }) {
  return (
    <ol className="pareto">
      {rows.map((row) => (
        <li key={row.name}>
          <b>{row.name}</b>
          <span className="mono" title={row.cumulative}>{row.count}</span>
          <i style={{ width: `${Math.max(0.4, row.width * 100)}%` }} />
        </li>
      ))}
    </ol>
  );
}

export function SharePanels({ quality }: { quality: Quality }) {
  const text = useText();
  return (
    <>
      <Panel title={text.quality.by_style}><Shares what={text.part.style} shares={quality.styles} /></Panel>
      <Panel title={text.quality.shifts}>
        {quality.has_shifts ? <Shares what={text.quality.by_shift} shares={quality.shifts} /> : <p className="quiet">{text.quality.no_shifts}</p>}
      </Panel>
    </>
  );
}

function Shares({ what, shares }: { what: string; shares: NamedShare[] }) {
  const text = useText();
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th>{what}</th>
            <th className="number">{text.quality.parts}</th>
            <th className="number">{text.quality.rejected}</th>
            <th className="number">{text.quality.reject_share}</th>
            <th className="number">{text.quality.interval_name}</th>
          </tr>
        </thead>
        <tbody>
          {shares.map(({ name, share }) => (
            <tr key={name ?? ""}>
              <td>{name ?? text.quality.unknown_style}</td>
              <td className="mono number">{format.whole(share.parts)}</td>
              <td className="mono number">{format.whole(share.rejected)}</td>
              <td className="mono number">{share.parts === 0 ? format.NO_VALUE : `${shareWords(shareOf(share))} %`}</td>
              <td className="mono number numbers">{share.parts === 0 ? format.NO_VALUE : intervalWords(text, share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
