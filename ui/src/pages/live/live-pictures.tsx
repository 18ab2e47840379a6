// The newest images, one for each view, with heat map or boxes over them.
import { SegmentedControl, Slider } from "@mantine/core";
import { usePart, useStation } from "../../api/queries";
import type { StationStatus } from "../../api/types";
import { valueOf } from "../../api/fetched";
import { fill } from "../../text/fill";
import { PictureView } from "../../widgets/picture-view";
import { usePicture } from "../../widgets/use-picture";
import { boxesOf } from "../../widgets/boxes";
import { useText } from "../../text/language";
import { lasting } from "../../widgets/lasting";
import { cameraOf, oldFor } from "./fault-data";
import { useNow } from "../../shell/use-now";
import { type LiveData, liveImage, liveOverlay } from "./live-data";

export type OverlayMode = "heat" | "boxes" | "off";

export function LivePictures({ data, status, mode, opacity }: { data: LiveData; status: StationStatus; mode: OverlayMode; opacity: number }) {
  return (
    <div className="live-views" data-views={data.views.length}>
      {data.views.map((view) => <LiveView key={view.view} data={data} status={status} view={view} mode={mode} opacity={opacity} />)}
    </div>
  );
}

interface LiveViewProps {
  data: LiveData;
  status: StationStatus;
  view: LiveData["views"][number];
  mode: OverlayMode;
  opacity: number;
}

function LiveView({ data, status, view, mode, opacity }: LiveViewProps) {
  const text = useText();
  const { part } = data;
  const old = oldFor(useStation(), status, cameraOf(status, part.style, view.name), part.triggered_at_us, useNow());
  const state = usePicture({ image: liveImage(view.view, part), overlay: liveOverlay(view.view, part), partNo: part.part_no });
  const detail = valueOf(usePart(mode === "boxes" ? part.id : null));
  const result = detail?.view_results.find((each) => each.view === view.view) ?? null;
  const shownNo = state.state === "ready" ? state.picture.partNo : null;
  const isOlder = shownNo !== null && shownNo !== part.part_no;
  return (
    <PictureView
      state={state}
      alt={fill(text.part.image_alt, { part: part.part_id, view: view.name })}
      opacity={mode === "heat" ? opacity : 0}
      boxes={mode === "boxes" && result !== null && !isOlder ? boxesOf(text, result) : []}
      frame={result?.frame ?? null}
    >
      <span className="view-name">{view.name}</span>
      {isOlder && <span className="view-older">{fill(text.live.image_older, { part_no: shownNo })}</span>}
      {old !== null && <b className="view-old">{fill(text.held.old, { age: lasting(text, old) })}</b>}
    </PictureView>
  );
}

interface OverlaySwitchProps {
  mode: OverlayMode;
  opacity: number;
  onMode: (mode: OverlayMode) => void;
  onOpacity: (opacity: number) => void;
}

export function OverlaySwitch({ mode, opacity, onMode, onOpacity }: OverlaySwitchProps) {
  const text = useText();
  return (
    <div className="overlay-switch">
      <span className="label">{text.live.overlay}</span>
      <SegmentedControl
        size="md"
        aria-label={text.live.overlay}
        value={mode}
        onChange={(value) => onMode(value as OverlayMode)}
        data={[
          { value: "heat", label: text.live.overlay_heat },
          { value: "boxes", label: text.live.overlay_boxes },
          { value: "off", label: text.live.overlay_off },
        ]}
      />
      <Slider className="opacity" size="lg" min={0.1} max={1} step={0.05} label={null} disabled={mode !== "heat"} value={opacity} onChange={onOpacity} thumbLabel={text.live.opacity} />
    </div>
  );
}
