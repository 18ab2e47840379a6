// What the chosen camera sees, so that a person knows what will be captured.
import { useStation } from "../../api/queries";
import type { PartSummary } from "../../api/types";
import { PictureView } from "../../widgets/picture-view";
import { usePicture } from "../../widgets/use-picture";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { liveImage } from "../live/live-data";
import { viewOf } from "./teach-data";

export function CameraNow({ camera }: { camera: string }) {
  const status = useStation().status;
  const part = status?.last ?? null;
  const view = viewOf(status?.recipes ?? [], part?.style ?? null, camera);
  return part === null || view === null ? null : <Seen part={part} view={view} camera={camera} />;
}

function Seen({ part, view, camera }: { part: PartSummary; view: number; camera: string }) {
  const text = useText();
  const state = usePicture({ image: liveImage(view, part), overlay: null, partNo: part.part_no });
  return (
    <div className="camera-now">
      <PictureView state={state} alt={fill(text.part.image_alt, { part: part.part_id, view: camera })} opacity={0} boxes={[]}>
        <span className="view-name">{camera}</span>
      </PictureView>
    </div>
  );
}
