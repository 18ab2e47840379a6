// What people said of a part: every review, also those that were taken back, and a form for one more.
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { useReview, useUndo } from "../../api/reviewing";
import type { Judgement, PartDetail, ViewResult } from "../../api/types";
import { AuthorField } from "../../widgets/author-field";
import { Changes } from "../../widgets/changes";
import { Panel } from "../../widgets/panel";
import { Refusal } from "../../widgets/refusal";
import { type ReviewLine, reviewLines } from "../../widgets/review-words";
import { useAuthor } from "../../widgets/use-author";
import { WarningIcon } from "../../shell/icons";
import { percent } from "../../format";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { Answers, ReviewDetails } from "./review-form";
import { newReview, type ReviewDraft } from "./use-review-draft";

interface ReviewsPanelProps {
  part: PartDetail;
  view: ViewResult | null;
  draft: ReviewDraft;
}

export function ReviewsPanel({ part, view, draft }: ReviewsPanelProps) {
  const text = useText();
  const lines = reviewLines(text, part.verdict, part.reviews);
  return (
    <Panel title={text.review.reviews} className="reviews">
      {part.drawn !== null && <p className="quiet">{fill(text.review.drawn_share, { share: percent(part.drawn, 1) })}</p>}
      {part.review === "disputed" && <p className="disputed" role="status"><WarningIcon />{text.review.disputed}</p>}
      {lines.length === 0 && <p className="quiet">{text.review.reviews_none}</p>}
      {lines.length > 0 && <ul className="review-list">{lines.map((line) => <Said key={line.id} line={line} part={part} />)}</ul>}
      {part.id !== null && <ReviewForm key={part.id} id={part.id} part={part} view={view} draft={draft} />}
    </Panel>
  );
}

function Said({ line, part }: { line: ReviewLine; part: PartDetail }) {
  const text = useText();
  const [isAsked, setAsked] = useState(false);
  const Words = line.undone === null ? "span" : "del";
  return (
    <li data-review={line.id} data-tone={line.undone === null ? line.tone : "undone"}>
      <div className="review-said">
        <Words><b>{line.answer}</b>{line.facts.map((fact) => <span key={fact}> · {fact}</span>)}</Words>
        <span className="quiet">{line.author}, {line.when}</span>
        {line.reason !== null && <Words className="review-reason">{line.reason}</Words>}
        {line.undone !== null && <span className="quiet">{line.undone.words}{line.undone.reason !== null && ` · ${line.undone.reason}`}</span>}
      </div>
      {line.undone === null && <Button variant="default" aria-expanded={isAsked} aria-label={fill(text.review.undo_ask, { author: line.author })} onClick={() => setAsked(!isAsked)}>{text.review.undo}</Button>}
      {isAsked && line.undone === null && <UndoForm line={line} result={part.id ?? 0} />}
    </li>
  );
}

function UndoForm({ line, result }: { line: ReviewLine; result: number }) {
  const text = useText();
  const [author, setAuthor] = useAuthor();
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const undo = useUndo();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (author.trim() !== "") undo.mutate({ result, review: line.id, undoing: { author: author.trim(), reason: reason.trim() === "" ? null : reason.trim() } });
  };
  return (
    <form className="undo-form" onSubmit={submit} noValidate>
      <Changes right="run">
        <AuthorField label={text.review.author} value={author} error={isTried && author.trim() === "" ? text.review.author_missing : null} onChange={setAuthor} />
        <TextInput label={text.review.undo_reason} placeholder={text.review.reason_hint} value={reason} onChange={(event) => setReason(event.currentTarget.value)} autoComplete="off" maxLength={500} />
        <Button type="submit" loading={undo.isPending}>{text.review.undo}</Button>
      </Changes>
      <Refusal failure={undo.error} />
    </form>
  );
}

function ReviewForm({ id, part, view, draft }: ReviewsPanelProps & { id: number }) {
  const text = useText();
  const [author, setAuthor] = useAuthor();
  const [isTried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const making = useReview();
  const answer = (judgement: Judgement) => {
    setTried(true);
    if (author.trim() === "") return field.current?.focus();
    making.mutate({ id, review: newReview(draft, judgement, author) }, { onSuccess: draft.clear });
  };
  return (
    <details className="review-now">
      <summary>{text.review.review_now}</summary>
      <Changes right="run">
        <Answers verdict={part.verdict} isReady={!making.isPending} hasKeys={false} onAnswer={answer} />
        <ReviewDetails part={part} view={view} draft={draft} author={author} onAuthor={setAuthor} isAuthorMissing={isTried && author.trim() === ""} authorField={field} />
      </Changes>
      {making.isSuccess && <p role="status" className="quiet">{text.review.noted}</p>}
      <Refusal failure={making.error} />
    </details>
  );
}
