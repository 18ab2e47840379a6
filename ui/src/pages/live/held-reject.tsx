// The last reject, held until somebody answers: its picture, the defect enlarged, where it is, and three big buttons.
import { useRef, useState } from "react";
import { Link } from "wouter";
import { imageAddress, overlayAddress } from "../../api/queries";
import { useAccount } from "../../api/session";
import type { Judgement, PartDetail } from "../../api/types";
import { timeOfDay } from "../../format";
import { boxesOf } from "../../widgets/boxes";
import { Changes, useIsReadOnly, WhyNot } from "../../widgets/changes";
import { PartIdText } from "../../widgets/part-id";
import { PictureView } from "../../widgets/picture-view";
import { useAuthor } from "../../widgets/use-author";
import { usePicture } from "../../widgets/use-picture";
import { VerdictTag } from "../../widgets/verdict-mark";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { reasonLine } from "../../verdict";
import { Answers } from "../part/review-form";
import { foundClass, newReview } from "../part/use-review-draft";
import { FailureList, LastAnswer } from "../review/told";
import { useLookedAt } from "../review/use-looked-at";
import { around, decidingView, whereWords } from "./held-data";
import type { Held } from "./use-held";

const HEAT = 0.5;

export function HeldPictures({ part }: { part: PartDetail | null }) {
  const text = useText();
  const found = part === null ? null : decidingView(part);
  const isStored = part !== null && found !== null && found.view.image === "stored" && part.id !== null;
  const state = usePicture(isStored ? { image: imageAddress(part.id ?? 0, found.view.view), overlay: found.view.has_overlay ? overlayAddress(part.id ?? 0, found.view.view) : null } : null);
  const none = part !== null && !isStored ? text.part.no_image : undefined;
  const { view, finding } = found ?? { view: null, finding: null };
  const picture = state.state === "ready" ? state.picture : null;
  const frame = view?.frame ?? picture;
  const boxes = view === null ? [] : boxesOf(text, view);
  const alt = fill(text.part.image_alt, { part: part?.part_id ?? "", view: view?.name ?? "" });
  // Where no place was found, the heat map says where the station looked.
  return (
    <div className="live-views held-pictures" data-part={part?.id ?? undefined} data-zoomed={finding !== null || undefined}>
      <PictureView state={state} alt={alt} opacity={finding === null ? HEAT : 0} boxes={boxes} frame={view?.frame ?? null} none={none}>
        <span className="view-name">{view?.name ?? ""}</span>
      </PictureView>
      {finding !== null && frame !== null && (
        <PictureView state={state} alt={text.held.zoomed} opacity={0} boxes={[]} window={picture === null ? null : around(finding, frame, picture)} none={none}>
          <span className="view-name">{text.held.zoomed}</span>
        </PictureView>
      )}
    </div>
  );
}

export function HeldPanel({ held }: { held: Held }) {
  const text = useText();
  const { part, one, others } = held;
  const account = useAccount();
  const [author, setAuthor] = useAuthor();
  const [isTried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const isLookedAt = useLookedAt(part?.id ?? null);
  const isReadOnly = useIsReadOnly("run");
  const isMissing = isTried && author.trim() === "";
  const isNamed = (): boolean => {
    if (author.trim() !== "") return true;
    setTried(true);
    field.current?.focus();
    return false;
  };
  const answer = (judgement: Judgement) => {
    if (part === null || !isNamed()) return;
    one.answer(part, null, false, newReview({ class: foundClass(part, false), region: null, reason: "" }, judgement, author));
  };
  const isShown = part !== null || one.last !== null || one.failures.length > 0 || others > 0;
  if (!isShown) return null;
  return (
    <section className="held-panel" aria-label={text.held.title}>
      <FailureList failures={one.failures} onLook={() => undefined} onAgain={one.again} onDismiss={one.dismiss} />
      {part !== null && (
        <>
          <HeldFacts part={part} />
          {isReadOnly ? <WhyNot right="run" /> : (
            <Changes right="run" isTold={false}>
              <p className="held-to-do"><b className="to-do">{text.fault.what_to_do}</b> {part.verdict === "not_decided" ? text.held.to_do_undecided : text.held.to_do_fail}</p>
              <Answers verdict={part.verdict} isReady={isLookedAt} hasKeys={false} cannotTell={text.held.ask_quality} onAnswer={answer} />
              {account === null && (
                <label className="held-name" data-missing={isMissing || undefined}>
                  <span>{text.review.author}</span>
                  <input ref={field} value={author} maxLength={80} autoComplete="name" aria-invalid={isMissing} onChange={(event) => setAuthor(event.target.value)} />
                </label>
              )}
            </Changes>
          )}
        </>
      )}
      {(one.last !== null || isMissing) && <LastAnswer last={one.last} isAuthorMissing={isMissing} hint="" onUndo={() => !isReadOnly && isNamed() && one.undo(author.trim())} />}
      {others > 0 && !isReadOnly && <Link href="/review?why=reject" className="held-others">{others === 1 ? text.held.other : fill(text.held.others, { count: others })}</Link>}
    </section>
  );
}

function HeldFacts({ part }: { part: PartDetail }) {
  const text = useText();
  const found = decidingView(part);
  const frame = found?.view.frame ?? null;
  const finding = found?.finding ?? null;
  return (
    <div className="held-facts">
      <h2 className="label">{text.held.title}</h2>
      <div className="held-line"><VerdictTag verdict={part.verdict} /><b>{reasonLine(text, part)}</b></div>
      {finding !== null && frame !== null && <p className="held-where">{whereWords(text, finding, frame)}</p>}
      <div className="held-line quiet">
        <Link className="mono" href={`/parts/${part.id}`}><PartIdText id={part.part_id} /></Link>
        <span>{part.style ?? text.part.style_none}</span>
        <span className="mono push">{timeOfDay(part.triggered_at_us)}</span>
      </div>
    </div>
  );
}
