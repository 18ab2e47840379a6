// What may have got through, and how many more parts to look at to say more.
import type { Quality } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { Panel } from "../../widgets/panel";
import { claimWords, shareWords } from "./quality-data";

export function EscapePanel({ escapes }: { escapes: Quality["escapes"] }) {
  const text = useText();
  return (
    <Panel className="wide" title={text.quality_escape.title}>
      {escapes.at_most === null
        ? <p>{text.quality_escape.none}</p>
        : (
          <>
            <p className="since-head">{fill(text.quality_escape.at_most, { share: shareWords(escapes.at_most) })}</p>
            <p className="quiet">{fill(text.quality_escape.by, { defects: format.whole(escapes.defects), audited: format.whole(escapes.audited) })}</p>
          </>
        )}
      <div className="since-body">
        <div className="table-frame">
          <table className="table">
            <thead><tr><th>{text.quality_escape.plan}</th><th className="number">{text.quality_escape.more}</th></tr></thead>
            <tbody>
              {escapes.claims.map((claim) => (
                <tr key={claim.share}>
                  <td>{fill(text.quality_escape.claim, { share: claimWords(claim.share) })}</td>
                  <td className="mono number">{claim.more === 0 ? text.quality_escape.shown : format.whole(claim.more)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {escapes.plans.length > 0 && (
          <div className="table-frame">
            <p className="label">{fill(text.quality_escape.iso, { passed: format.whole(escapes.passed) })}</p>
            <table className="table">
              <thead><tr><th>{text.quality_escape.aql}</th><th className="number">{text.quality_escape.sample}</th><th className="number">{text.quality_escape.accept}</th></tr></thead>
              <tbody>
                {escapes.plans.map((plan) => (
                  <tr key={plan.aql}>
                    <td className="mono">{plan.aql} %</td>
                    <td className="mono number">{format.whole(plan.sample)}</td>
                    <td className="number">{fill(text.quality_escape.defects, { count: plan.accept })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </Panel>
  );
}
