// One part, big: its picture, the three answers, the way on and back. Keys do all of it.
import { Button } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";
import { Link } from "wouter";
import { valueOf } from "../../api/fetched";
import { usePart } from "../../api/queries";
import type { Judgement, PartDetail, ViewResult, Why } from "../../api/types";
import * as format from "../../format";
import { worstView } from "../../widgets/boxes";
import { Changes, useIsReadOnly, WhyNot } from "../../widgets/changes";
import { PartIdText } from "../../widgets/part-id";
import { useAuthor } from "../../widgets/use-author";
import { VerdictTag } from "../../widgets/verdict-mark";
import { NewerIcon, OlderIcon, WholeIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { reasonLine } from "../../verdict";
import { Answers, ReviewDetails } from "../part/review-form";
import { newReview, useReviewDraft } from "../part/use-review-draft";
import { FailureList, LastAnswer } from "./told";
import { ReviewPicture } from "./review-picture";
import { type Blind, isBlindFor } from "./row-state";
import { useFullScreen } from "./use-full-screen";
import { useKeys } from "./use-keys";
import { useLookedAt } from "./use-looked-at";
import type { OneByOne } from "./use-row";

interface OneByOneViewProps {
  id: number;
  one: OneByOne;
  isQueue: boolean;
  /** How many parts there are to go through. */
  total: string;
  blind: Blind;
  onGo: (id: number) => void;
}

export function OneByOneView({ id, one, isQueue, total, blind, onGo }: OneByOneViewProps) {
  const text = useText();
  const part = valueOf(usePart(id));
  const at = one.row.findIndex((each) => each.id === id);
  const why = one.row[at]?.why ?? null;
  const isBlindAt = (each: PartDetail): boolean => isBlindFor(blind, { why: one.row.find(({ id: other }) => other === each.id)?.why ?? null, isDrawn: each.drawn !== null, isQueue });
  const isBlind = part === null || isBlindAt(part);
  const draft = useReviewDraft(part, isBlind);
  const [author, setAuthor] = useAuthor();
  const [isTried, setTried] = useState(false);
  const [settled, setSettled] = useState<number | null>(null);
  const [viewOf, setViewOf] = useState<{ part: number; view: number } | null>(null);
  const isLookedAt = useLookedAt(id);
  const isReadOnly = useIsReadOnly("run");
  const full = useFullScreen();
  const authorField = useRef<HTMLInputElement>(null);
  const drawButton = useRef<HTMLButtonElement>(null);
  const isAuthorMissing = isTried && author.trim() === "";
  const isReady = part !== null && settled === id && isLookedAt && !isReadOnly;
  const view = part === null ? null : shownView(part, isBlind, viewOf?.part === id ? viewOf.view : null);

  const named = (): boolean => {
    if (author.trim() !== "") return true;
    setTried(true);
    authorField.current?.focus();
    return false;
  };
  const answer = (judgement: Judgement) => {
    if (isReady && named()) one.answer(part, why, isBlind, newReview(draft, judgement, author));
  };
  const undo = () => {
    if (!isReadOnly && one.last !== null && named()) one.undo(author.trim());
  };
  const draw = () => {
    draft.set({ isDrawing: !draft.isDrawing });
    drawButton.current?.focus();
  };
  const step = (to: number | null) => to !== null && onGo(to);
  useKeys({
    1: () => answer("defect"),
    2: () => answer("good"),
    3: () => answer("cannot_tell"),
    ArrowLeft: () => step(one.previous),
    ArrowRight: () => step(one.next),
    u: undo,
    f: full.toggle,
    d: () => view?.image === "stored" && !isReadOnly && draw(),
    Escape: () => (draft.isDrawing ? draft.set({ isDrawing: false }) : full.leave()),
  });

  const shown = one.next === null ? [id] : [id, one.next];
  return (
    <section className="review-one" data-full={full.isFull || undefined}>
      <div className="review-pictures">
        {shown.map((each) => (
          <ReviewPicture key={each} id={each} isShown={each === id} view={each === id ? (view?.view ?? null) : null} isBlind={isBlindAt} draft={draft} onView={(next) => setViewOf({ part: each, view: next })} onSettled={() => setSettled(each)} />
        ))}
        <FailureList failures={one.failures} onLook={onGo} onAgain={one.again} onDismiss={one.dismiss} />
      </div>
      <aside className="review-panel">
        <div className="review-fixed">
          <PartFacts part={part} why={why} isBlind={isBlind} at={at} count={total} />
          <Changes right="run" isTold={false}>
            <WhyNot right="run" />
            <Answers verdict={isBlind ? null : part.verdict} isReady={isReady} hasKeys onAnswer={answer} />
          </Changes>
          <LastAnswer last={one.last} isAuthorMissing={isAuthorMissing} onUndo={undo} />
          <div className="review-steps">
            <StepButton label={text.review.previous} sign="←" isOff={one.previous === null} onClick={() => step(one.previous)}><NewerIcon /></StepButton>
            <StepButton label={text.review.next} sign="→" isOff={one.next === null} onClick={() => step(one.next)}><OlderIcon /></StepButton>
            <StepButton label={full.isFull ? text.review.full_leave : text.review.full} sign="F" isOff={false} onClick={full.toggle}><WholeIcon /></StepButton>
          </div>
        </div>
        <div className="review-more">
          {part !== null && (
            <Changes right="run" isTold={false}>
              <h2 className="label">{text.review.more}</h2>
              <ReviewDetails part={part} view={view} draft={draft} author={author} onAuthor={setAuthor} isAuthorMissing={isAuthorMissing} authorField={authorField} drawButton={drawButton} drawKey="D" />
            </Changes>
          )}
        </div>
      </aside>
    </section>
  );
}

/** The one chosen, else the one that decided the part; a blind look begins with the first. */
function shownView(part: PartDetail, isBlind: boolean, chosen: number | null): ViewResult | null {
  const stored = part.view_results.find((each) => each.image === "stored");
  const begin = isBlind ? stored : part.view_results[worstView(part)];
  return part.view_results.find((each) => each.view === chosen) ?? begin ?? part.view_results[0] ?? null;
}

interface PartFactsProps {
  part: PartDetail | null;
  why: Why | null;
  isBlind: boolean;
  at: number;
  count: string;
}

/** Of the same height whatever it says: the answers below must not move. */
function PartFacts({ part, why, isBlind, at, count }: PartFactsProps) {
  const text = useText();
  if (part === null) return <div className="review-facts" aria-busy="true"><span className="quiet">{text.fetched.loading}</span></div>;
  return (
    <div className="review-facts">
      <div className="review-line">
        <Link className="mono review-id" href={`/parts/${part.id}`} title={text.review.open_part}><PartIdText id={part.part_id} /></Link>
        <span className="quiet push">{fill(text.review.place_of, { at: at + 1, count })}</span>
      </div>
      <div className="review-line">
        {isBlind
          ? <><b className="review-blind">{text.review.blind_title}</b><span className="quiet">{text.review.blind_body}</span></>
          : <><VerdictTag verdict={part.verdict} /><span>{reasonLine(text, part)}</span><span className="mono push">{format.score(part.score)}</span></>}
      </div>
      <div className="review-line quiet"><span>{part.style ?? text.part.style_none}</span><span className="mono push">{format.dateTime(part.triggered_at_us)}</span></div>
      <p className="review-why quiet">{why === null || isBlind ? "" : text.review_why_long[why]}</p>
    </div>
  );
}

interface StepButtonProps {
  label: string;
  /** Its key. */
  sign: string;
  isOff: boolean;
  onClick: () => void;
  children: ReactNode;
}

function StepButton({ label, sign, isOff, onClick, children }: StepButtonProps) {
  return (
    <Button variant="default" aria-label={label} title={label} aria-disabled={isOff || undefined} data-disabled={isOff || undefined} onClick={() => isOff || onClick()}>
      {children}<kbd aria-hidden="true">{sign}</kbd>
    </Button>
  );
}
