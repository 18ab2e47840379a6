// Keys of a page: they do nothing while somebody types, and nothing again while one is held down.
import { useEffect, useEffectEvent } from "react";

type Deeds = Record<string, () => unknown>;
/** Holding an arrow goes on through the parts; holding an answer must not answer them all. */
const MAY_REPEAT = ["ArrowLeft", "ArrowRight"];

/** Elements that need these keys themselves. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

const takesArrows = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.getAttribute("role") === "slider" || target instanceof HTMLInputElement);

export function useKeys(deeds: Deeds): void {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const deed = deeds[key];
    if (deed === undefined || (event.repeat && !MAY_REPEAT.includes(key)) || (key.startsWith("Arrow") && takesArrows(event.target))) return;
    event.preventDefault();
    deed();
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => pressed(event);
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
