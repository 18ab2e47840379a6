// What the lesson's defects changed, on images that were held out, and whether the model uses them.
import type { TaughtModel, TeachingStatus } from "../../api/types";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { defectsSaying } from "./teach-data";

export function DefectsToldTable({ taught, min }: { taught: TaughtModel; min: TeachingStatus["defects_min"] }) {
  const text = useText();
  const { told } = taught;
  if (taught.defects.length === 0) return null;
  const saying = defectsSaying(taught);
  const words = { used: text.teach.told_used, worse: text.teach.told_worse, few: text.teach.told_few };
  return (
    <section className="defects-told" data-told={saying}>
      <p><b>{fill(words[saying], { count: taught.defects.length, min })}</b></p>
      {told !== null && (
        <>
          <div className="table-frame">
            <table className="table">
              <thead>
                <tr>
                  <th>{text.teach.told_held_out}</th>
                  <th className="number">{text.teach.told_auroc}</th>
                  <th className="number">{text.teach.told_caught}</th>
                  <th className="number">{text.teach.told_rejected}</th>
                </tr>
              </thead>
              <tbody>
                {(["without", "with"] as const).map((which) => (
                  <tr key={which} data-used={(which === "with") === told.is_used || undefined}>
                    <td>{which === "with" ? text.teach.told_with : text.teach.told_without}</td>
                    <td className="mono number">{told[which].auroc.toFixed(3)}</td>
                    <td className="mono number">{fill(text.teach.of, { part: told[which].caught, whole: told.defects })}</td>
                    <td className="mono number">{fill(text.teach.of, { part: told[which].rejected, whole: told.good })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p className="quiet">{text.teach.told_hint}</p>
        </>
      )}
    </section>
  );
}
