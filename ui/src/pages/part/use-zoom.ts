// Zoom and pan of an image: wheel, pinch, drag and buttons, as a window in the image's pixels.
import { type PointerEvent, useCallback, useEffect, useRef, useState } from "react";
import type { Window } from "../../widgets/picture-view";

export const ZOOM_MAX = 16;
const STEP = 1.5;

export interface Size {
  width: number;
  height: number;
}

/** The window after zooming by `factor` around a point given as shares (0 to 1) of the window. */
export function zoomAround(window: Window, image: Size, factor: number, at: { x: number; y: number }): Window {
  const width = Math.min(image.width, Math.max(image.width / ZOOM_MAX, window.width / factor));
  const height = (width * image.height) / image.width;
  return keepInside({
    x: window.x + (window.width - width) * at.x,
    y: window.y + (window.height - height) * at.y,
    width,
    height,
  }, image);
}

/** The window moved so that it does not leave the image. */
export function keepInside(window: Window, image: Size): Window {
  return {
    ...window,
    x: Math.min(image.width - window.width, Math.max(0, window.x)),
    y: Math.min(image.height - window.height, Math.max(0, window.y)),
  };
}

const CENTRE = { x: 0.5, y: 0.5 };

export function useZoom(image: Size | null) {
  const [window, setWindow] = useState<Window | null>(null);
  const element = useRef<SVGSVGElement | null>(null);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const whole = image === null ? null : { x: 0, y: 0, ...image };
  const shown = window ?? whole;

  const zoom = useCallback((factor: number, at = CENTRE) => {
    if (image === null) return;
    setWindow((now) => zoomAround(now ?? { x: 0, y: 0, ...image }, image, factor, at));
  }, [image]);

  const share = (x: number, y: number) => {
    const box = element.current?.getBoundingClientRect();
    return box ? { x: (x - box.left) / box.width, y: (y - box.top) / box.height } : CENTRE;
  };

  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    // React's wheel listener is passive, so the page would scroll along.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), share(event.clientX, event.clientY));
    };
    target.addEventListener("wheel", onWheel, { passive: false });
    return () => target.removeEventListener("wheel", onWheel);
  }, [zoom]);

  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const before = pointers.current.get(event.pointerId);
    if (before === undefined || image === null) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    if (other !== undefined) {
      const spread = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
      zoom(spread(now) / Math.max(1, spread(before)), share((now.x + other.x) / 2, (now.y + other.y) / 2));
      return;
    }
    const box = event.currentTarget.getBoundingClientRect();
    setWindow((was) => {
      const from = was ?? { x: 0, y: 0, ...image };
      // The image is fitted inside the box, so one scale holds for both directions.
      const scale = Math.max(from.width / box.width, from.height / box.height);
      return keepInside({ ...from, x: from.x - (now.x - before.x) * scale, y: from.y - (now.y - before.y) * scale }, image);
    });
  };
  const onPointerUp = (event: PointerEvent<SVGSVGElement>) => pointers.current.delete(event.pointerId);

  return {
    window: shown,
    isWhole: whole === null || shown === null || shown.width >= whole.width,
    zoomIn: () => zoom(STEP),
    zoomOut: () => zoom(1 / STEP),
    reset: () => setWindow(null),
    svg: { ref: element, onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp },
  };
}
