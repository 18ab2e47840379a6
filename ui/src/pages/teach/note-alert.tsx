// How the last step of a lesson ended: in the reader's language, with what to do.
import { Alert, Button } from "@mantine/core";
import { lessonImageAddress, useThrowOut } from "../../api/teaching";
import type { Lesson } from "../../api/types";
import { Changes } from "../../widgets/changes";
import { OwnWords } from "../../shell/own-words";
import { Refusal } from "../../widgets/refusal";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { type NotAligned, notAligned, notAlignedWords } from "./not-aligned";
import { imageName } from "./teach-data";

const THUMBNAIL_PX = 160;

function noteWords(text: Catalogue, note: NonNullable<Lesson["note"]>): string {
  const ofCapture = note.phase !== "teaching";
  switch (note.kind) {
    case "stopped":
      return ofCapture ? text.teach_note.stopped_capturing : text.teach_note.stopped_teaching;
    case "restarted":
      return ofCapture ? text.teach_note.restarted_capturing : text.teach_note.restarted_teaching;
    case "storage":
      return text.teach_note.storage;
    case "failed":
      return text.teach_note.failed;
    case "few":
      return text.teach_note.few;
    case "no_defects":
      return text.teach_note.no_defects;
    case "no_contrast":
      return text.teach_note.no_contrast;
    case "twice":
      return text.teach_note.twice;
  }
}

export function NoteAlert({ lesson }: { lesson: Lesson }) {
  const text = useText();
  const { note } = lesson;
  if (note === null) return null;
  const isBad = note.kind === "failed" || note.kind === "storage";
  const unaligned = note.kind === "failed" ? notAligned(note.message) : [];
  return (
    <Alert color={isBad ? "red" : "yellow"} role={isBad ? "alert" : "status"}>
      {unaligned.length > 0 ? <Unaligned lesson={lesson} images={unaligned} /> : noteWords(text, note)}
      <OwnWords words={note.message} />
    </Alert>
  );
}

/** Images that were thrown out since are no longer named. */
function Unaligned({ lesson, images }: { lesson: Lesson; images: NotAligned[] }) {
  const text = useText();
  const throwOut = useThrowOut();
  const all = [...lesson.images, ...lesson.defects];
  const left = images.flatMap((found) => all.filter((image) => image.n === found.n).map((image) => ({ found, image })));
  if (left.length === 0) return <p>{text.teach.unaligned_none_left}</p>;
  const drop = (n: number) => throwOut.mutate({ lesson: lesson.id, n });
  return (
    <>
      <b>{text.teach.unaligned}</b>
      <ul className="unaligned">
        {left.map(({ found, image }) => (
          <li key={found.n} data-image={found.n}>
            <img src={lessonImageAddress(lesson.id, found.n, THUMBNAIL_PX)} alt={fill(text.teach.image_alt, { n: found.n, part: imageName(image) })} />
            <span><b>{fill(text.teach.unaligned_image, { n: found.n, part: imageName(image) })}</b> {notAlignedWords(text, found)}</span>
            <Changes right="teach" isTold={false}><Button variant="default" loading={throwOut.isPending && throwOut.variables.n === found.n} onClick={() => drop(found.n)}>{text.teach.throw_out_this}</Button></Changes>
          </li>
        ))}
      </ul>
      <p><b className="to-do">{text.fault.what_to_do}</b> {text.teach.unaligned_todo}</p>
      <Refusal failure={throwOut.error} />
    </>
  );
}
