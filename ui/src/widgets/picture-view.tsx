// A part's image with the heat map and the finding boxes over it, in one SVG so that all stay aligned.
import type { ReactNode, Ref, SVGProps } from "react";
import { NO_VALUE } from "../format";
import { useText } from "../text/language";
import type { PictureState } from "./use-picture";

/** A finding's box in pixels of the frame. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  label: string;
  isMarked?: boolean;
  /** A person drew it, not the station. */
  by?: "person";
}
/** What part of the image is in view, in its pixels. */
export interface Window {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface PictureViewProps {
  state: PictureState;
  alt: string;
  /** 0 to 1; 0 hides the heat map. */
  opacity: number;
  boxes: Box[];
  /** Size of the frame that the boxes were found in, when it differs from the stored image's. */
  frame?: { width: number; height: number } | null;
  window?: Window | null;
  svg?: SVGProps<SVGSVGElement> & { ref?: Ref<SVGSVGElement> };
  none?: string;
  children?: ReactNode;
}

export function PictureView({ state, alt, opacity, boxes, frame, window, svg, none, children }: PictureViewProps) {
  const text = useText();
  if (state.state !== "ready") {
    const words = state.state === "loading" && none === undefined ? text.fetched.loading : (none ?? text.part.no_image);
    return <div className="viewfinder viewfinder-empty"><span>{words}</span>{children}</div>;
  }
  const { picture } = state;
  const view = window ?? { x: 0, y: 0, width: picture.width, height: picture.height };
  const scale = picture.width / (frame?.width ?? picture.width);
  return (
    <div className="viewfinder">
      <svg viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`} role="img" aria-label={alt} {...svg}>
        <image href={picture.image} width={picture.width} height={picture.height} />
        {picture.overlay !== null && opacity > 0 && (
          <image className="heat" href={picture.overlay} width={picture.width} height={picture.height} preserveAspectRatio="none" opacity={opacity} />
        )}
        {boxes.map((box) => (
          <FindingBox key={`${box.x} ${box.y} ${box.width} ${box.height} ${box.label}`} box={box} scale={scale} zoom={view.width} />
        ))}
      </svg>
      {children}
    </div>
  );
}

/** Line and letters keep their size on screen while the image is zoomed. */
function FindingBox({ box, scale, zoom }: { box: Box; scale: number; zoom: number }) {
  const line = zoom / 320;
  const [x, y, width, height] = [box.x * scale, box.y * scale, box.width * scale, box.height * scale];
  return (
    <g className="finding-box" data-marked={box.isMarked || undefined} data-by={box.by}>
      <rect x={x} y={y} width={width} height={height} strokeWidth={line * 2.4} className="finding-halo" />
      <rect x={x} y={y} width={width} height={height} strokeWidth={line} />
      <text x={x} y={Math.max(y - line * 2, line * 8)} fontSize={line * 8} strokeWidth={line * 1.6}>{box.label || NO_VALUE}</text>
    </g>
  );
}
