// What people said of a part, in a word: for rows and cards.
import type { PartSummary } from "../api/types";
import { NO_VALUE } from "../format";
import { useText } from "../text/language";
import { judgementTone, markWords } from "./review-words";

export function ReviewTag({ part }: { part: Pick<PartSummary, "verdict" | "review"> }) {
  const text = useText();
  const mark = part.review ?? null;
  if (mark === null) return <span className="review-tag" data-mark="none" title={text.review.not_reviewed}><span aria-hidden="true">{NO_VALUE}</span><span className="only-read">{text.review.not_reviewed}</span></span>;
  return <span className="review-tag" data-mark={mark} data-tone={judgementTone(part.verdict, mark)}>{markWords(text, part, mark)}</span>;
}
