// The image of one view, to look at closely, and to draw on where a reviewer saw a defect.
import { ActionIcon, Slider, Switch } from "@mantine/core";
import { type ReactNode, useEffect, useEffectEvent, useMemo, useState } from "react";
import { imageAddress, overlayAddress } from "../../api/queries";
import type { PartDetail, Region, ViewResult } from "../../api/types";
import { boxesOf, reviewedRegions } from "../../widgets/boxes";
import { type Box, PictureView } from "../../widgets/picture-view";
import { usePicture } from "../../widgets/use-picture";
import { MinusIcon, PlusIcon, WholeIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import type { ReviewDraft } from "./use-review-draft";
import { useDrawing } from "./use-drawing";
import { useZoom } from "./use-zoom";

interface ZoomPictureProps {
  part: PartDetail;
  view: ViewResult;
  /** Index of the finding to point out. */
  marked: number | null;
  /** What a reviewer is about to say; the place in it is drawn here. */
  draft?: ReviewDraft | undefined;
  /** Nothing is shown of what the station or other people found. */
  isBlind?: boolean;
  /** Called once the picture is there, or when it is clear that there is none; and when it is given later than that. */
  onSettled?: (() => void) | undefined;
  /** Stands at the end of the tools. */
  tools?: ReactNode;
}

export function ZoomPicture({ part, view, marked, draft, isBlind = false, onSettled, tools }: ZoomPictureProps) {
  const text = useText();
  const [opacity, setOpacity] = useState(0.5);
  const [isBoxed, setBoxed] = useState(true);
  const isStored = view.image === "stored" && part.id !== null;
  const id = part.id ?? 0;
  const hasOverlay = view.has_overlay && !isBlind;
  const state = usePicture(
    isStored ? { image: imageAddress(id, view.view), overlay: hasOverlay ? overlayAddress(id, view.view) : null } : null,
  );
  const picture = state.state === "ready" ? state.picture : null;
  const size = useMemo(() => (picture === null ? null : { width: picture.width, height: picture.height }), [picture]);
  const zoom = useZoom(size);
  const frame = view.frame ?? size;
  const drawing = useDrawing(frame, size === null || frame === null ? 1 : frame.width / size.width, (drawn) => draft?.draw({ view: view.name, ...drawn }));
  const isDrawing = draft?.isDrawing ?? false;
  const isSettled = !isStored || state.state !== "loading";
  const settled = useEffectEvent(() => onSettled?.());
  const isHeard = onSettled !== undefined;
  useEffect(() => {
    if (isSettled && isHeard) settled();
  }, [isSettled, isHeard]);
  const mine = drawing.sketch === null ? draft?.region ?? null : { view: view.name, ...drawing.sketch };
  const boxes = [
    ...(isBlind || !isBoxed ? [] : [...boxesOf(text, view, marked), ...reviewedRegions(text, part.reviews, view.name)]),
    ...boxOf(mine, view.name, text.review.place_mine),
  ];
  return (
    <section className="zoom-picture" data-drawing={isDrawing || undefined}>
      <PictureView
        state={state}
        alt={fill(text.part.image_alt, { part: part.part_id, view: view.name })}
        opacity={isBlind ? 0 : opacity}
        boxes={boxes}
        frame={view.frame}
        window={zoom.window}
        svg={isDrawing ? { ...zoom.svg, ...drawing.svg } : zoom.svg}
        {...(isStored ? {} : { none: text.image_state[view.image] })}
      />
      <div className="zoom-tools">
        {isStored && (
          <>
            <ZoomButton label={text.detail.zoom_out} onClick={zoom.zoomOut} disabled={zoom.isWhole}><MinusIcon /></ZoomButton>
            <ZoomButton label={text.detail.zoom_in} onClick={zoom.zoomIn}><PlusIcon /></ZoomButton>
            <ZoomButton label={text.detail.zoom_reset} onClick={zoom.reset} disabled={zoom.isWhole}><WholeIcon /></ZoomButton>
            {!isBlind && (
              <>
                <Switch className="tall" size="md" label={text.detail.boxes} checked={isBoxed} onChange={(event) => setBoxed(event.currentTarget.checked)} />
                <span className="label">{text.detail.opacity}</span>
                <Slider className="opacity" size="lg" min={0} max={1} step={0.05} label={null} disabled={!hasOverlay} value={opacity} onChange={setOpacity} thumbLabel={text.detail.opacity} />
              </>
            )}
          </>
        )}
        {tools}
      </div>
    </section>
  );
}

function boxOf(region: Region | null, view: string, label: string): Box[] {
  if (region === null || region.view !== view) return [];
  return [{ x: region.x, y: region.y, width: region.width, height: region.height, label, by: "person" }];
}

function ZoomButton({ label, children, ...rest }: { label: string; children: ReactNode; onClick: () => void; disabled?: boolean }) {
  return <ActionIcon size={44} variant="default" aria-label={label} title={label} {...rest}>{children}</ActionIcon>;
}
