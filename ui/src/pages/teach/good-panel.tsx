// The images of good parts: how many there are, more from files, and each of them.
import { Progress } from "@mantine/core";
import type { Lesson, TeachingStatus } from "../../api/types";
import { Panel } from "../../widgets/panel";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { ImageGrid } from "./image-grid";
import { UploadZone } from "./upload-zone";

export function GoodPanel({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const of = fill(text.teach.of_lesson, { camera: lesson.camera, style: lesson.style ?? text.teach.style_any, author: lesson.author });
  const have = lesson.images.length;
  const count = have > lesson.wanted ? fill(text.teach.count_all, { count: have }) : fill(text.teach.count, { count: have, wanted: lesson.wanted });
  return (
    <Panel title={text.teach.images} aside={of}>
      <UploadZone status={status} lesson={lesson} kind="good">
        {(controls) => (
          <>
            <div className="teach-count">
              <b className="mono" role="status">{count}</b>
              <Progress className="teach-progress" value={Math.min(100, (100 * have) / Math.max(1, lesson.wanted))} aria-label={count} radius={0} size="lg" transitionDuration={200} />
            </div>
            {controls}
            {status.images_dropped > 0 && <p className="quiet">{fill(text.teach.dropped, { count: status.images_dropped })}</p>}
            {have === 0 && <p className="quiet teach-none">{text.teach.none_yet}</p>}
            <ImageGrid lesson={lesson} kind="good" />
          </>
        )}
      </UploadZone>
    </Panel>
  );
}
