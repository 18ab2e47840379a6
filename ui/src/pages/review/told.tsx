// What became of answers: the last one with its undoing, and those that the station did not take.
import { ActionIcon, Button } from "@mantine/core";
import { ApiError } from "../../api/client";
import { CrossIcon, WarningIcon } from "../../shell/icons";
import { OwnWords } from "../../shell/own-words";
import { answerWord } from "../../widgets/review-words";
import { shortId } from "../../format";
import { fill } from "../../text/fill";
import type { Catalogue } from "../../text/en";
import { useText } from "../../text/language";
import type { Answered, Failure } from "./row-state";

const saidOf = (text: Catalogue, { verdict, isBlind, said }: Answered): string => answerWord(text, isBlind ? null : verdict, said.judgement);

/** Always there and of the same height, so that nothing below it moves. */
export function LastAnswer({ last, isAuthorMissing, hint, onUndo }: { last: Answered | null; isAuthorMissing: boolean; hint?: string; onUndo: () => void }) {
  const text = useText();
  const words = isAuthorMissing ? text.review.author_missing : last === null ? (hint ?? text.review.keys_hint) : fill(lastWords(text, last), { part: shortId(last.partId, 18), answer: saidOf(text, last), verdict: text.verdict[last.verdict] });
  return (
    <div className="last-answer" data-missing={isAuthorMissing || undefined} data-last={last === null ? undefined : last.id}>
      <p role="status">{words}</p>
      {last !== null && <Button variant="default" className="undo-last" aria-keyshortcuts="u" onClick={onUndo}>{text.review.undo}<kbd aria-hidden="true">U</kbd></Button>}
    </div>
  );
}

/** What the station had decided is told after a blind answer, once it is noted. */
function lastWords(text: Catalogue, last: Answered): string {
  if (last.noted === null) return text.review.sending;
  return last.isBlind ? text.review.answered_blind : text.review.answered;
}

interface FailureListProps {
  failures: readonly Failure[];
  onLook: (id: number) => void;
  onAgain: (failure: Failure) => void;
  onDismiss: (key: number) => void;
}

/** Lies over the picture's upper edge: what is under a finger stays where it is. */
export function FailureList({ failures, onLook, onAgain, onDismiss }: FailureListProps) {
  const text = useText();
  if (failures.length === 0) return null;
  return (
    <ul className="review-failures" role="alert">
      {failures.map((failure) => {
        const { answer, what } = failure;
        const error = ApiError.from(failure.error);
        const words = what === "answer" ? fill(text.review.not_noted, { part: answer.partId, answer: saidOf(text, answer) }) : fill(text.review.not_undone, { part: answer.partId });
        return (
          <li key={`${what} ${answer.key}`} data-part={answer.partId}>
            <WarningIcon />
            <span className="failure-words"><b>{words}</b> {text.error[error.kind]}<OwnWords words={error.message} /></span>
            {what === "answer" && <Button variant="default" onClick={() => onAgain(failure)}>{text.review.try_again}</Button>}
            <Button variant="default" onClick={() => onLook(answer.id)}>{text.review.look_again}</Button>
            <ActionIcon size={44} variant="subtle" aria-label={text.review.dismiss} title={text.review.dismiss} onClick={() => onDismiss(answer.key)}><CrossIcon /></ActionIcon>
          </li>
        );
      })}
    </ul>
  );
}
