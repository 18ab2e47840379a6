// The three answers of a reviewer as big buttons, and what may be said beside them.
import { Button, TextInput } from "@mantine/core";
import { type KeyboardEvent, type Ref } from "react";
import type { Judgement, PartDetail, Verdict, ViewResult } from "../../api/types";
import { CrossIcon } from "../../shell/icons";
import { AuthorField } from "../../widgets/author-field";
import { ANSWERS, answerWord } from "../../widgets/review-words";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { defectName } from "../../verdict";
import { firstRegion, isArrow, nudged } from "./region";
import type { ReviewDraft } from "./use-review-draft";

interface AnswersProps {
  /** Null where it is not told. */
  verdict: Verdict | null;
  isReady: boolean;
  /** The keys 1, 2 and 3 answer as well, and say so. */
  hasKeys: boolean;
  /** What stands on the third one, where it asks somebody else. */
  cannotTell?: string;
  onAnswer: (judgement: Judgement) => void;
}

/** Not ready, they stay where they are and keep the focus: the next part must not lose it. */
export function Answers({ verdict, isReady, hasKeys, cannotTell, onAnswer }: AnswersProps) {
  const text = useText();
  return (
    <div className="answers" role="group" aria-label={text.review.answers}>
      {ANSWERS.map((judgement, index) => (
        <button key={judgement} type="button" className="answer" data-judgement={judgement} aria-disabled={!isReady} onClick={() => isReady && onAnswer(judgement)} {...(hasKeys ? { "aria-keyshortcuts": String(index + 1) } : {})}>
          <AnswerSign judgement={judgement} />
          <span>{judgement === "cannot_tell" && cannotTell !== undefined ? cannotTell : answerWord(text, verdict, judgement)}</span>
          {hasKeys && <kbd aria-hidden="true">{index + 1}</kbd>}
        </button>
      ))}
    </div>
  );
}

const SIGNS: Record<Judgement, string> = { defect: "M5 5l14 14M19 5L5 19", good: "M4 13l5 5L20 6", cannot_tell: "M8 9c0-6 8-6 8 0c0 4-4 4-4 7M12 20v.2" };

function AnswerSign({ judgement }: { judgement: Judgement }) {
  return <svg viewBox="0 0 24 24" className="answer-sign" aria-hidden="true"><path d={SIGNS[judgement]} /></svg>;
}

interface DetailsProps {
  part: PartDetail;
  view: ViewResult | null;
  draft: ReviewDraft;
  author: string;
  onAuthor: (author: string) => void;
  isAuthorMissing: boolean;
  authorField?: Ref<HTMLInputElement>;
  drawButton?: Ref<HTMLButtonElement>;
  drawKey?: string;
}

export function ReviewDetails({ part, view, draft, author, onAuthor, isAuthorMissing, authorField, drawButton, drawKey }: DetailsProps) {
  const text = useText();
  return (
    <div className="review-details">
      <ClassChoice classes={part.classes} draft={draft} />
      <PlaceField view={view} draft={draft} drawButton={drawButton} drawKey={drawKey} />
      <TextInput label={text.review.reason} placeholder={text.review.reason_hint} value={draft.reason} onChange={(event) => draft.set({ reason: event.currentTarget.value })} name="reason" autoComplete="off" maxLength={500} />
      <AuthorField ref={authorField} label={text.review.author} value={author} error={isAuthorMissing ? text.review.author_missing : null} onChange={onAuthor} />
    </div>
  );
}

function ClassChoice({ classes, draft }: { classes: readonly string[]; draft: ReviewDraft }) {
  const text = useText();
  return (
    <div role="group" aria-label={text.review.class}>
      <span className="label">{text.review.class}</span>
      {classes.length === 0 && <p className="quiet">{text.review.no_classes}</p>}
      <div className="class-choice">
        {classes.map((each) => (
          <button key={each} type="button" className="chip" aria-pressed={draft.class === each} onClick={() => draft.set({ class: draft.class === each ? null : each })}>{defectName(text, each)}</button>
        ))}
      </div>
    </div>
  );
}

interface PlaceFieldProps {
  view: ViewResult | null;
  draft: ReviewDraft;
  drawButton: Ref<HTMLButtonElement> | undefined;
  drawKey: string | undefined;
}

function PlaceField({ view, draft, drawButton, drawKey }: PlaceFieldProps) {
  const text = useText();
  const { region, isDrawing } = draft;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isDrawing || view?.frame == null) return;
    if (event.key === "Escape") draft.set({ isDrawing: false });
    else if (isArrow(event.key)) draft.set({ region: region?.view === view.name ? nudged(region, event.key, event.shiftKey, view.frame) : firstRegion(view, view.frame) });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div role="group" aria-label={text.review.place}>
      <span className="label">{text.review.place}</span>
      <div className="place-row">
        <Button ref={drawButton} variant={isDrawing ? "filled" : "default"} aria-pressed={isDrawing} disabled={view?.image !== "stored"} onClick={() => draft.set({ isDrawing: !isDrawing })} onKeyDown={onKeyDown} rightSection={drawKey !== undefined && <kbd aria-hidden="true">{drawKey}</kbd>}>
          {region === null ? text.review.draw : text.review.draw_again}
        </Button>
        {region !== null && <button type="button" className="place-remove" aria-label={text.review.remove_place} title={text.review.remove_place} onClick={() => draft.set({ region: null })}><CrossIcon /></button>}
      </div>
      <p className="place-told">{isDrawing ? text.review.drawing : region === null ? "" : fill(text.review.place_value, { ...region })}</p>
    </div>
  );
}
