// A verdict as a shape with a sign in it, readable without colour.
import type { Verdict } from "../api/types";
import { useText } from "../text/language";
import { VERDICT_SHAPE, type Shape } from "../verdict";

const OUTLINE: Record<Shape, string> = {
  disc: "M50 4a46 46 0 1 1 0 92a46 46 0 1 1 0-92z",
  octagon: "M30 4h40l26 26v40L70 96H30L4 70V30z",
  diamond: "M50 1L99 50L50 99L1 50z",
};
const SIGN: Record<Shape, string> = {
  disc: "M27 52l16 17l31-36",
  octagon: "M31 31l38 38M69 31L31 69",
  diamond: "M38 39c0-16 24-16 24 0c0 11-12 10-12 21M50 73v1",
};

export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const shape = VERDICT_SHAPE[verdict];
  return (
    <svg className="verdict-mark" data-verdict={verdict} viewBox="0 0 100 100" aria-hidden="true">
      <path className="verdict-outline" d={OUTLINE[shape]} />
      <path className="verdict-sign" d={SIGN[shape]} />
    </svg>
  );
}

/** Shape and word, for tables and cards. */
export function VerdictTag({ verdict }: { verdict: Verdict }) {
  const text = useText();
  return (
    <span className="verdict-tag" data-verdict={verdict}>
      <VerdictMark verdict={verdict} />
      {text.verdict[verdict]}
    </span>
  );
}
