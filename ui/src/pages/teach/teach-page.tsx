// Where a model is taught from good parts while the line runs: collect, look through, teach, use.
import "../../look-teach.css";
import { useState } from "react";
import { useRecipes, useStation } from "../../api/queries";
import { useTeaching } from "../../api/teaching";
import type { Lesson, TeachingStatus } from "../../api/types";
import { EarlierPanel } from "../../widgets/earlier-panel";
import { Panel } from "../../widgets/panel";
import { FetchedView } from "../../shell/fetched-view";
import { useText } from "../../text/language";
import { BeginForm } from "./begin-form";
import { DefectsPanel } from "./defects-panel";
import { GoodPanel } from "./good-panel";
import { NextStep } from "./next-step";
import { ResultPanel } from "./result-panel";
import { CameraNow } from "./camera-now";
import { UseForm } from "./use-form";

export function TeachPage() {
  const text = useText();
  const teaching = useTeaching();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.teach.title}</h1>
        <span className="quiet">{text.teach.lead}</span>
      </div>
      <FetchedView fetched={teaching}>
        {(status) => (status.lesson === null
          ? <Beginning status={status} />
          : <Going key={status.lesson.id} status={status} lesson={status.lesson} />)}
      </FetchedView>
    </div>
  );
}

function Beginning({ status }: { status: TeachingStatus }) {
  const text = useText();
  const cameras = useStation().status?.cameras ?? [];
  const [chosen, setCamera] = useState<string | null>(null);
  const camera = chosen ?? cameras[0]?.name ?? "";
  return (
    <div className="teach-grid">
      <div className="teach-column">
        <Panel title={text.teach.how_title}>
          <ol className="teach-steps">
            {[text.teach.how_1, text.teach.how_2, text.teach.how_3].map((step) => <li key={step}>{step}</li>)}
          </ol>
          <p className="quiet">{text.teach.how_note}</p>
        </Panel>
        <CameraNow camera={camera} />
        <Earlier style={null} />
      </div>
      <Panel title={text.teach.begin}><BeginForm status={status} camera={camera} cameras={cameras.map((each) => each.name)} onCamera={setCamera} /></Panel>
    </div>
  );
}

function Going({ status, lesson }: { status: TeachingStatus; lesson: Lesson }) {
  const text = useText();
  const recipes = useRecipes();
  const isUsed = lesson.taught !== null && lesson.taught.used_by.length > 0;
  return (
    <div className="teach-grid">
      <div className="teach-column">
        {isUsed && <Earlier style={lesson.style} />}
        {lesson.taught !== null && <ResultPanel status={status} lesson={lesson} taught={lesson.taught} />}
        <GoodPanel status={status} lesson={lesson} />
        <DefectsPanel status={status} lesson={lesson} />
      </div>
      <div className="teach-column">
        {lesson.taught !== null && lesson.phase === "taught" && (
          <Panel title={text.teach.use}>
            <FetchedView fetched={recipes}>
              {(value) => lesson.taught !== null && <UseForm lesson={lesson} taught={lesson.taught} recipes={value} />}
            </FetchedView>
          </Panel>
        )}
        <Panel title={text.teach.next_step}><NextStep status={status} lesson={lesson} /></Panel>
      </div>
    </div>
  );
}

/** For whoever wants back what was there before. */
function Earlier({ style }: { style: string | null }) {
  const recipes = useRecipes();
  return recipes.state === "ready" ? <EarlierPanel recipes={recipes.value} style={style} /> : null;
}
