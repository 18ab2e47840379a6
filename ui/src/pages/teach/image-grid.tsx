// The images of one kind collected so far; a person throws out what is not of this kind.
import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { lessonImageAddress, useThrowOut } from "../../api/teaching";
import type { ImageKind, Lesson, LessonImage } from "../../api/types";
import { useIsReadOnly } from "../../widgets/changes";
import { Refusal } from "../../widgets/refusal";
import { CrossIcon } from "../../shell/icons";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { type Doubt, doubts, imageName } from "./teach-data";

const THUMBNAIL_PX = 280;
const LARGE_PX = 1_280;

export function ImageGrid({ lesson, kind }: { lesson: Lesson; kind: ImageKind }) {
  const text = useText();
  const [shown, setShown] = useState<number | null>(null);
  const throwOut = useThrowOut();
  const images = kind === "good" ? lesson.images : lesson.defects;
  const strange = kind === "good" ? doubts(lesson) : new Map<number, Doubt>();
  const isReadOnly = useIsReadOnly("teach");
  const isFixed = isReadOnly || lesson.phase === "teaching";
  const newestFirst = [...images].reverse();
  const large = images.find((image) => image.n === shown);
  const drop = (image: LessonImage) => {
    setShown(null);
    throwOut.mutate({ lesson: lesson.id, n: image.n });
  };
  const words = (image: LessonImage) => ({ n: image.n, part: imageName(image) });
  return (
    <>
      <Refusal failure={throwOut.error} />
      <ul className="good-images" data-kind={kind}>
        {newestFirst.map((image) => (
          <li key={image.n} data-image={image.n} data-doubt={strange.get(image.n)}>
            <button type="button" className="good-image" onClick={() => setShown(image.n)} aria-label={fill(text.teach.enlarge, words(image))}>
              <img src={lessonImageAddress(lesson.id, image.n, THUMBNAIL_PX)} alt="" loading="lazy" decoding="async" />
            </button>
            <button type="button" className="throw-out" disabled={isFixed} onClick={() => drop(image)} aria-label={fill(text.teach.throw_out, words(image))} title={text.teach.throw_out_this}>
              <CrossIcon />
            </button>
            <span className="good-image-words" title={imageName(image)}>
              <span className="mono"><bdi>{imageName(image)}</bdi></span>
              {strange.get(image.n) === "not_passed" && <b>{text.teach.doubt_not_passed}</b>}
              {strange.get(image.n) === "left_out" && <b>{text.teach.doubt_left_out}</b>}
              {strange.get(image.n) === "unlike" && <b>{text.teach.doubt_unlike}</b>}
            </span>
          </li>
        ))}
      </ul>
      <Modal opened={large !== undefined} onClose={() => setShown(null)} size="auto" centered title={large === undefined ? null : fill(text.teach.image_alt, words(large))} closeButtonProps={{ "aria-label": text.teach.close }}>
        {large !== undefined && (
          <div className="good-image-large">
            <img src={lessonImageAddress(lesson.id, large.n, LARGE_PX)} alt={fill(text.teach.image_alt, words(large))} />
            <div className="button-row">
              <span>{kind === "defect" ? text.teach.defect_looks : doubtWords(text, strange.get(large.n))}</span>
              <Button className="push" variant="default" disabled={isFixed} onClick={() => drop(large)}>{text.teach.throw_out_this}</Button>
              <Button onClick={() => setShown(null)}>{text.teach.close}</Button>
            </div>
          </div>
        )}
      </Modal>
    </>
  );
}

function doubtWords(text: Catalogue, doubt: Doubt | undefined): string {
  if (doubt === "not_passed") return text.teach.doubt_not_passed_why;
  if (doubt === "left_out") return text.teach.doubt_left_out_why;
  return doubt === "unlike" ? text.teach.doubt_unlike_why : text.teach.good_looks;
}
