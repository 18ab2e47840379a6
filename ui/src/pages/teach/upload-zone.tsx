// Where image files are chosen or dropped: limits, progress, and why a file was not taken.
import { Alert, Button, FileButton, Progress } from "@mantine/core";
import { type DragEvent, type ReactNode, useState } from "react";
import type { ImageKind, Lesson, TeachingStatus } from "../../api/types";
import * as format from "../../format";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { useIsReadOnly } from "../../widgets/changes";
import { refusedWords, roomFor } from "./upload-data";
import { useUpload } from "./use-upload";

const ENDINGS = ".png,.jpg,.jpeg,.bmp";

interface UploadZoneProps {
  status: TeachingStatus;
  lesson: Lesson;
  kind: ImageKind;
  /** Where the controls go among what files can be dropped onto. */
  children: (controls: ReactNode) => ReactNode;
}

export function UploadZone({ status, lesson, kind, children }: UploadZoneProps) {
  const text = useText();
  const [isOver, setOver] = useState(false);
  const upload = useUpload(lesson.id, kind, status.files?.bytes_max ?? 0);
  const room = roomFor(status, lesson, kind);
  const isReadOnly = useIsReadOnly("teach");
  const isOpen = !isReadOnly && lesson.phase !== "teaching" && status.files !== null && room > 0;
  const over = (event: DragEvent) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    // Else the browser would leave the page and show the file.
    event.preventDefault();
    event.dataTransfer.dropEffect = isOpen && !upload.isRunning ? "copy" : "none";
    setOver(isOpen && !upload.isRunning);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (isOpen && !upload.isRunning) upload.start([...event.dataTransfer.files]);
  };
  const controls = (
    <div className="upload">
      {isOpen && status.files !== null && (
        <div className="upload-row">
          <FileButton multiple accept={ENDINGS} onChange={(files) => upload.start(files)}>
            {(props) => <Button {...props} variant="default" loading={upload.isRunning}>{text.teach.upload}</Button>}
          </FileButton>
          <span className="quiet">
            {fill(text.teach.upload_hint, { width: status.files.width, height: status.files.height, format: status.files.pixel_format, bytes: format.bytes(status.files.bytes_max), room })}
          </span>
        </div>
      )}
      {upload.isRunning && <Sending upload={upload} />}
      <Ended upload={upload} />
    </div>
  );
  return (
    <div className="drop-zone" data-over={isOver || undefined} data-kind={kind} onDragOver={over} onDragLeave={() => setOver(false)} onDrop={drop}>
      {children(controls)}
      {isOver && <div className="drop-words" aria-hidden="true">{kind === "good" ? text.teach.drop_good : text.teach.drop_defect}</div>}
    </div>
  );
}

type Upload = ReturnType<typeof useUpload>;

function Sending({ upload }: { upload: Upload }) {
  const text = useText();
  const words = fill(text.teach.uploading, { done: upload.done, count: upload.total });
  return (
    <div className="upload-row">
      <span role="status">{words}</span>
      <Progress className="teach-progress" value={(100 * upload.done) / Math.max(1, upload.total)} aria-label={words} radius={0} size="lg" transitionDuration={200} />
      <Button variant="default" size="compact-md" onClick={upload.stop}>{text.teach.stop}</Button>
    </div>
  );
}

function Ended({ upload }: { upload: Upload }) {
  const text = useText();
  const { refused, unsent } = upload;
  if (upload.isRunning || (refused.length === 0 && unsent === 0)) return null;
  return (
    <Alert className="upload-ended" color="yellow" role="alert" withCloseButton closeButtonLabel={text.teach.close} onClose={upload.forget} title={fill(text.teach.upload_ended, { taken: upload.taken, refused: refused.length })}>
      <ul className="refused-files">
        {refused.map((each, index) => (
          <li key={`${index} ${each.name}`}><b className="mono">{each.name}</b> <span>{refusedWords(text, each)}</span></li>
        ))}
      </ul>
      {unsent > 0 && <p>{fill(text.teach.upload_unsent, { count: unsent })}</p>}
    </Alert>
  );
}
