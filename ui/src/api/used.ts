// Whether somebody touched the page since it asked last: only that keeps his session, not what the page asks by itself.

/** The station reads it with every request. */
export const USED_HEADER = "x-inspector-used";
/** What a person does; a mouse that a machine shakes is none. */
const TOUCHES = ["pointerdown", "keydown", "wheel"] as const;

/** Whether there was a touch that no request has told yet. */
export class Used {
  private isTouched = false;

  /** Listens to the page. */
  listen(target: EventTarget): void {
    for (const touch of TOUCHES) target.addEventListener(touch, () => (this.isTouched = true), { capture: true, passive: true });
  }

  /** The headers of the next request, which tells it. */
  take(): Record<string, string> {
    if (!this.isTouched) return {};
    this.isTouched = false;
    return { [USED_HEADER]: "1" };
  }

  /** A request with these headers did not arrive. */
  giveBack(headers: Record<string, string>): void {
    this.isTouched ||= USED_HEADER in headers;
  }
}
