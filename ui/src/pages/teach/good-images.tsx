// The images collected so far; a person throws out what is not good.
import { Button, Modal, Progress } from "@mantine/core";
import { useState } from "react";
import { goodImageAddress, useThrowOut } from "../../api/teaching";
import type { Lesson, TeachingStatus } from "../../api/types";
import { Refusal } from "../../parts/refusal";
import { CrossIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { doubts } from "./teach-data";

const THUMBNAIL_PX = 280;
const LARGE_PX = 1_280;
type Image = Lesson["images"][number];

export function GoodImages({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const [shown, setShown] = useState<number | null>(null);
  const throwOut = useThrowOut();
  const strange = doubts(lesson);
  const isFixed = lesson.phase === "teaching";
  const newestFirst = [...lesson.images].reverse();
  const large = lesson.images.find((image) => image.n === shown);
  const drop = (image: Image) => {
    setShown(null);
    throwOut.mutate({ lesson: lesson.id, n: image.n });
  };
  const count = fill(text.teach.count, { count: lesson.images.length, wanted: lesson.wanted });
  return (
    <>
      <div className="teach-count">
        <b className="mono" role="status">{count}</b>
        <Progress className="teach-progress" value={(100 * lesson.images.length) / Math.max(1, lesson.wanted)} aria-label={count} radius={0} size="lg" transitionDuration={200} />
      </div>
      {status.images_dropped > 0 && <p className="quiet">{fill(text.teach.dropped, { count: status.images_dropped })}</p>}
      <Refusal failure={throwOut.error} />
      {lesson.images.length === 0 && <p className="quiet teach-none">{text.teach.none_yet}</p>}
      <ul className="good-images">
        {newestFirst.map((image) => (
          <li key={image.n} data-image={image.n} data-doubt={strange.get(image.n)}>
            <button type="button" className="good-image" onClick={() => setShown(image.n)} aria-label={fill(text.teach.enlarge, { n: image.n, part: image.part_id })}>
              <img src={goodImageAddress(lesson.id, image.n, THUMBNAIL_PX)} alt="" loading="lazy" decoding="async" />
            </button>
            <button type="button" className="throw-out" disabled={isFixed} onClick={() => drop(image)} aria-label={fill(text.teach.throw_out, { n: image.n, part: image.part_id })} title={text.teach.throw_out_this}>
              <CrossIcon />
            </button>
            <span className="good-image-words">
              <span className="mono">{image.part_id}</span>
              {strange.get(image.n) === "not_passed" && <b>{text.teach.doubt_not_passed}</b>}
              {strange.get(image.n) === "unlike" && <b>{text.teach.doubt_unlike}</b>}
            </span>
          </li>
        ))}
      </ul>
      <Modal opened={large !== undefined} onClose={() => setShown(null)} size="auto" centered title={large === undefined ? null : fill(text.teach.image_alt, { n: large.n, part: large.part_id })} closeButtonProps={{ "aria-label": text.teach.close }}>
        {large !== undefined && (
          <div className="good-image-large">
            <img src={goodImageAddress(lesson.id, large.n, LARGE_PX)} alt={fill(text.teach.image_alt, { n: large.n, part: large.part_id })} />
            <div className="button-row">
              <span>{doubtWords(text, strange.get(large.n))}</span>
              <Button className="push" variant="default" disabled={isFixed} onClick={() => drop(large)}>{text.teach.throw_out_this}</Button>
              <Button onClick={() => setShown(null)}>{text.teach.close}</Button>
            </div>
          </div>
        )}
      </Modal>
    </>
  );
}

function doubtWords(text: ReturnType<typeof useText>, doubt: "not_passed" | "unlike" | undefined): string {
  if (doubt === "not_passed") return text.teach.doubt_not_passed_why;
  return doubt === "unlike" ? text.teach.doubt_unlike_why : text.teach.good_looks;
}
