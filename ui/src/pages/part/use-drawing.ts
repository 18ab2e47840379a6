// Draws a rectangle on a picture with a mouse, a finger or a pen.
import { type PointerEvent, useRef, useState } from "react";
import type { Region } from "../../api/types";
import { rectangle } from "./region";
import type { Size } from "./use-zoom";

type Rectangle = Omit<Region, "view">;

/** `scale` is the frame's pixels for one of the picture. `sketch` is what is being drawn, in pixels of the frame. */
export function useDrawing(frame: Size | null, scale: number, onDrawn: (drawn: Rectangle) => void) {
  const [sketch, setSketch] = useState<Rectangle | null>(null);
  const from = useRef<{ pointer: number; x: number; y: number } | null>(null);

  const placeOf = (event: PointerEvent<SVGSVGElement>) => {
    // The picture is fitted into its box and may be zoomed: the browser knows how.
    const matrix = event.currentTarget.getScreenCTM();
    if (matrix === null) return null;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { x: at.x * scale, y: at.y * scale };
  };
  const drawnTo = (event: PointerEvent<SVGSVGElement>): Rectangle | null => {
    const begun = from.current;
    const to = placeOf(event);
    return begun === null || begun.pointer !== event.pointerId || to === null || frame === null ? null : rectangle(begun, to, frame);
  };
  return {
    sketch,
    svg: {
      onPointerDown: (event: PointerEvent<SVGSVGElement>) => {
        const at = placeOf(event);
        // A second finger does not begin a second one.
        if (at === null || from.current !== null) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { pointer: event.pointerId, ...at };
      },
      onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
        if (from.current?.pointer === event.pointerId) setSketch(drawnTo(event));
      },
      onPointerUp: (event: PointerEvent<SVGSVGElement>) => {
        const drawn = drawnTo(event);
        if (from.current?.pointer !== event.pointerId) return;
        from.current = null;
        setSketch(null);
        if (drawn !== null) onDrawn(drawn);
      },
      onPointerCancel: (event: PointerEvent<SVGSVGElement>) => {
        if (from.current?.pointer !== event.pointerId) return;
        from.current = null;
        setSketch(null);
      },
    },
  };
}
