// The image of one view, to look at closely.
import { ActionIcon, Slider, Switch } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { imageAddress, overlayAddress } from "../../api/queries";
import type { PartDetail, ViewResult } from "../../api/types";
import { PictureView } from "../../widgets/picture-view";
import { usePicture } from "../../widgets/use-picture";
import { MinusIcon, PlusIcon, WholeIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { boxesOf } from "./part-data";
import { useZoom } from "./use-zoom";

interface ZoomPictureProps {
  part: PartDetail;
  view: ViewResult;
  /** Index of the finding to point out. */
  marked: number | null;
}

export function ZoomPicture({ part, view, marked }: ZoomPictureProps) {
  const text = useText();
  const [opacity, setOpacity] = useState(0.5);
  const [isBoxed, setBoxed] = useState(true);
  const isStored = view.image === "stored" && part.id !== null;
  const id = part.id ?? 0;
  const state = usePicture(
    isStored ? { image: imageAddress(id, view.view), overlay: view.has_overlay ? overlayAddress(id, view.view) : null } : null,
  );
  const picture = state.state === "ready" ? state.picture : null;
  const size = useMemo(() => (picture === null ? null : { width: picture.width, height: picture.height }), [picture]);
  const zoom = useZoom(size);
  return (
    <section className="zoom-picture">
      <PictureView
        state={state}
        alt={fill(text.part.image_alt, { part: part.part_id, view: view.name })}
        opacity={opacity}
        boxes={isBoxed ? boxesOf(text, view, marked) : []}
        frame={view.frame}
        window={zoom.window}
        svg={zoom.svg}
        {...(isStored ? {} : { none: text.image_state[view.image] })}
      />
      {isStored && (
        <div className="zoom-tools">
          <ZoomButton label={text.detail.zoom_out} onClick={zoom.zoomOut} disabled={zoom.isWhole}><MinusIcon /></ZoomButton>
          <ZoomButton label={text.detail.zoom_in} onClick={zoom.zoomIn}><PlusIcon /></ZoomButton>
          <ZoomButton label={text.detail.zoom_reset} onClick={zoom.reset} disabled={zoom.isWhole}><WholeIcon /></ZoomButton>
          <Switch className="tall" size="md" label={text.detail.boxes} checked={isBoxed} onChange={(event) => setBoxed(event.currentTarget.checked)} />
          <span className="label">{text.detail.opacity}</span>
          <Slider className="opacity" size="lg" min={0} max={1} step={0.05} label={null} disabled={!view.has_overlay} value={opacity} onChange={setOpacity} thumbLabel={text.detail.opacity} />
        </div>
      )}
    </section>
  );
}

function ZoomButton({ label, children, ...rest }: { label: string; children: ReactNode; onClick: () => void; disabled?: boolean }) {
  return <ActionIcon size={44} variant="default" aria-label={label} title={label} {...rest}>{children}</ActionIcon>;
}
