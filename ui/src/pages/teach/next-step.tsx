// What goes on, how it ended, and what can be done next.
import { Alert, Button, Checkbox, NumberInput, Progress, TextInput } from "@mantine/core";
import { useState } from "react";
import { useStation } from "../../api/queries";
import { useDiscard, useMoreImages, useStop, useTeach } from "../../api/teaching";
import type { Lesson, TeachingStatus } from "../../api/types";
import { AuthorField } from "../../widgets/author-field";
import { Changes, useIsReadOnly } from "../../widgets/changes";
import { Refusal } from "../../widgets/refusal";
import { useAuthor } from "../../widgets/use-author";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { NoteAlert } from "./note-alert";
import { placeOf } from "./place-data";
import { PlaceFields } from "./place-fields";
import { isCurrent, leftOut, modelName, quietSeconds, shareAtMost, studyShare } from "./teach-data";
import { usePlace } from "./use-place";

const ENOUGH = 59;

export function NextStep({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  switch (lesson.phase) {
    case "capturing":
      return <Capturing status={status} lesson={lesson} />;
    case "recalling":
      return <Recalling lesson={lesson} />;
    case "teaching":
      return <Teaching status={status} lesson={lesson} />;
    case "collected":
    case "taught":
      return <Idle status={status} lesson={lesson} />;
  }
}

function Stop({ lesson }: { lesson: Lesson }) {
  const text = useText();
  const stop = useStop();
  return (
    <>
      <Changes right="teach">
        <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate(lesson.id)}>{text.teach.stop}</Button>
      </Changes>
      <Refusal failure={stop.error} />
    </>
  );
}

function Capturing({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const now = useStation().status?.server_time_us ?? 0;
  const quiet = quietSeconds(lesson, now);
  return (
    <div className="apply">
      <p role="status">{text.teach.capturing}</p>
      {!status.is_connected && <Alert color="red" role="alert">{text.teach.disconnected}</Alert>}
      {status.is_connected && quiet !== null && <Alert color="yellow" role="status">{fill(text.teach.quiet, { seconds: quiet })}</Alert>}
      <Stop lesson={lesson} />
    </div>
  );
}

function Recalling({ lesson }: { lesson: Lesson }) {
  const text = useText();
  return (
    <div className="apply">
      <p role="status">{text.teach.recalling}</p>
      <Stop lesson={lesson} />
    </div>
  );
}

function Teaching({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const { study } = status;
  const words = study === null ? text.teach_stage.reading : text.teach_stage[study.stage];
  return (
    <div className="apply">
      <p>{fill(text.teach.teaching, { author: lesson.author })}</p>
      <Progress value={study === null ? 0 : 100 * studyShare(study)} aria-label={words} radius={0} size="xl" transitionDuration={400} />
      <p className="quiet" role="status">{words}{study !== null && study.total > 1 && <span className="mono"> {study.done}/{study.total}</span>}</p>
      <Stop lesson={lesson} />
    </div>
  );
}

function Idle({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const [author, setAuthor] = useAuthor();
  const [name, setName] = useState(() => modelName(lesson, new Date()));
  const [isTried, setTried] = useState(false);
  const [keepsOdd, setKeepsOdd] = useState(false);
  const place = usePlace(lesson);
  const teach = useTeach();
  const count = lesson.images.length;
  const isFew = count < status.images_min;
  const start = () => {
    setTried(true);
    const looked = placeOf(place.value);
    if (author.trim() === "" || name.trim() === "" || "wrong" in looked) return;
    teach.mutate({ lesson: lesson.id, name: name.trim(), author: author.trim(), keeps_odd: keepsOdd, place: looked.place });
  };
  const missing = (value: string) => (isTried && value.trim() === "" ? text.teach.required : null);
  const isTaught = lesson.taught !== null;
  const odd = leftOut(lesson);
  return (
    <form className="apply" noValidate onSubmit={(event) => { event.preventDefault(); start(); }}>
      <NoteAlert lesson={lesson} />
      {isTaught && !isCurrent(lesson) && <Alert color="yellow" role="status">{text.teach.changed}</Alert>}
      {isFew
        ? <Alert color="yellow" role="status">{fill(text.teach.few, { count, min: status.images_min })}</Alert>
        : count < ENOUGH && !isTaught && <p className="quiet">{fill(text.teach.few_for_5, { count, share: (100 * shareAtMost(0, count)).toFixed(1), needed: ENOUGH })}</p>}
      {!isFew && lesson.defects.length >= status.defects_min && !isTaught && <p className="quiet">{fill(text.teach.with_defects, { count: lesson.defects.length })}</p>}
      {odd.length > 0 && <Alert color="yellow" role="status">{fill(text.teach.left_out, { images: odd.join(", ") })}</Alert>}
      <Changes right="teach">
      {odd.length > 0 && <Checkbox label={text.teach.keep_odd} checked={keepsOdd} onChange={(event) => setKeepsOdd(event.currentTarget.checked)} name="keeps_odd" />}
      {place.from !== null && <p className="quiet">{fill(text.teach.place_from, { style: place.from.style, version: place.from.version })}</p>}
      <PlaceFields value={place.value} onChange={place.set} isTried={isTried} />
      <TextInput label={text.teach.name} description={text.teach.name_hint} required value={name} error={missing(name)} onChange={(event) => setName(event.currentTarget.value)} name="model" />
      <AuthorField label={text.teach.author} value={author} error={missing(author)} onChange={setAuthor} />
      <Button type="submit" variant={isTaught ? "default" : "filled"} disabled={isFew} loading={teach.isPending}>{isTaught ? text.teach.again : text.teach.teach}</Button>
      </Changes>
      <Refusal failure={teach.error} />
      <More status={status} lesson={lesson} author={author} onMissing={() => setTried(true)} />
      <Discard lesson={lesson} />
    </form>
  );
}

function More({ status, lesson, author, onMissing }: { status: TeachingStatus; lesson: Lesson; author: string; onMissing: () => void }) {
  const text = useText();
  const count = lesson.images.length;
  const more = useMoreImages();
  const isReadOnly = useIsReadOnly("teach");
  const [wanted, setWanted] = useState(() => Math.min(status.images_max, count < lesson.wanted ? lesson.wanted : count + 10));
  const collect = (source: "line" | "history") => {
    if (author.trim() === "") return onMissing();
    more.mutate({ lesson: lesson.id, author: author.trim(), wanted, source });
  };
  if (count >= status.images_max) return null;
  return (
    <fieldset className="teach-more" disabled={isReadOnly}>
      <legend className="label">{text.teach.more}</legend>
      <NumberInput
        className="threshold-input" aria-label={text.teach.wanted} value={wanted} min={Math.max(status.images_min, count + 1)} max={status.images_max} allowDecimal={false} clampBehavior="blur"
        onChange={(value) => { if (typeof value === "number") setWanted(value); }}
      />
      <div className="button-row">
        <Button variant="default" loading={more.isPending} onClick={() => collect("line")}>{text.teach.begin}</Button>
        <Button variant="default" disabled={more.isPending} onClick={() => collect("history")}>{text.teach.history}</Button>
      </div>
      <Refusal failure={more.error} />
    </fieldset>
  );
}

/** Asks once more, because images cannot be brought back. */
function Discard({ lesson }: { lesson: Lesson }) {
  const text = useText();
  const [isSure, setSure] = useState(false);
  const discard = useDiscard();
  return (
    <>
      <Changes right="teach" isTold={false}>
      <Button
        variant={isSure ? "filled" : "subtle"} color={isSure ? "red" : "petrol"} loading={discard.isPending}
        onClick={() => (isSure ? discard.mutate(lesson.id) : setSure(true))} onBlur={() => setSure(false)}
      >
        {isSure ? text.teach.discard_sure : text.teach.discard}
      </Button>
      </Changes>
      {isSure && <p className="quiet">{fill(text.teach.discard_count, { good: lesson.images.length, defects: lesson.defects.length })} {text.teach.discard_hint}</p>}
      <Refusal failure={discard.error} />
    </>
  );
}
