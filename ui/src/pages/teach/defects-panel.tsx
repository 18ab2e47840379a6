// Images of defects, which a person has looked at: from rejected parts of the history, or from files.
import { Button, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useRecallRejects } from "../../api/teaching";
import type { Lesson, TeachingStatus } from "../../api/types";
import { Panel } from "../../widgets/panel";
import { AuthorField } from "../../widgets/author-field";
import { Changes } from "../../widgets/changes";
import { Refusal } from "../../widgets/refusal";
import { useAuthor } from "../../widgets/use-author";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { ImageGrid } from "./image-grid";
import { UploadZone } from "./upload-zone";

const REJECTS_FIRST = 20;

export function DefectsPanel({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const count = lesson.defects.length;
  const isFew = count > 0 && count < status.defects_min;
  return (
    <Panel title={text.teach.defects} aside={count > 0 ? <b className="mono" role="status">{fill(text.teach.defects_count, { count })}</b> : text.teach.defects_optional}>
      <UploadZone status={status} lesson={lesson} kind="defect">
        {(controls) => (
          <>
            <p className={isFew ? "teach-few" : "quiet"}>
              {isFew ? fill(text.teach.defects_few, { count, min: status.defects_min }) : fill(text.teach.defects_hint, { min: status.defects_min })}
            </p>
            <FromHistory status={status} lesson={lesson} />
            {controls}
            <ImageGrid lesson={lesson} kind="defect" />
          </>
        )}
      </UploadZone>
    </Panel>
  );
}

function FromHistory({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const room = status.defects_max - lesson.defects.length;
  const [wanted, setWanted] = useState(REJECTS_FIRST);
  const [author, setAuthor] = useAuthor();
  const [isAsked, setAsked] = useState(author.trim() === "");
  const [isTried, setTried] = useState(false);
  const recall = useRecallRejects();
  const isBusy = lesson.phase !== "collected" && lesson.phase !== "taught";
  const take = () => {
    setTried(true);
    if (author.trim() === "") return setAsked(true);
    recall.mutate({ lesson: lesson.id, author: author.trim(), count: Math.min(wanted, room) });
  };
  if (room <= 0) return null;
  return (
    <form className="defects-history" noValidate onSubmit={(event) => { event.preventDefault(); take(); }}>
      <Changes right="teach">
      <NumberInput
        className="threshold-input" aria-label={text.teach.defects_wanted} value={Math.min(wanted, room)} min={1} max={room} allowDecimal={false} clampBehavior="strict"
        onChange={(value) => { if (typeof value === "number") setWanted(value); }}
      />
      {isAsked && <AuthorField placeholder={text.teach.author} value={author} error={isTried && author.trim() === "" ? text.teach.required : null} onChange={setAuthor} />}
      <Button type="submit" variant="default" disabled={isBusy} loading={recall.isPending}>{text.teach.defects_history}</Button>
      <span className="quiet">{text.teach.defects_history_hint}</span>
      </Changes>
      <Refusal failure={recall.error} />
    </form>
  );
}
