// What the shift has come to, also by style, and the shift before: from the log, so that a restart loses nothing.
import { useQuality } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import * as format from "../../format";
import { useText } from "../../text/language";
import { CountGrid } from "./count-grid";
import { shiftBefore, shiftCells, shiftsOf, shiftTitle } from "./shift-data";

export function ShiftPanel() {
  const text = useText();
  const day = valueOf(useQuality({ by: "shift", last_h: 24 }));
  const { now, before } = shiftsOf(day);
  const from = now?.from_us ?? null;
  const since = valueOf(useQuality(from === null ? { last_h: 24 } : { from_us: from }));
  if (day === null || since === null || since.total.parts === 0) return null;
  return (
    <div className="shift">
      <CountGrid title={shiftTitle(text, now)} cells={shiftCells(text, since.total)} />
      {since.styles.length > 1 && (
        <table className="shift-styles">
          <thead><tr><th>{text.part.style}</th><th className="number">{text.live.parts}</th><th className="number">{text.disposition.reject}</th></tr></thead>
          <tbody>
            {since.styles.map(({ name, share }) => (
              <tr key={name ?? ""}><td>{name ?? text.part.style_none}</td><td className="number">{format.whole(share.parts)}</td><td className="number">{format.whole(share.rejected)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
      {before !== null && <p className="shift-before">{shiftBefore(text, before)}</p>}
    </div>
  );
}
