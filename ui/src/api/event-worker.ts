// Runs once for all tabs of a browser: hears the station's one stream and tells it to each of them.
import { type Asked, type EventStream, ownStream, type Told } from "./event-stream";

/** Of the global scope of a shared worker, what is used here: the library's types are those of a page. */
interface Scope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const tabs = new Set<MessagePort>();
let stream: EventStream | null = null;
/** For tabs that are opened between two states. */
let state: Told | null = null;
let openedAt = 0;
/** Every tab asks when the stream is interrupted; it is opened once. */
const OPENED_EVERY_MS = 900;

function tell(told: Told): void {
  if (told.told === "status") state = told;
  tabs.forEach((tab) => tab.postMessage(told));
}

function join(tab: MessagePort): void {
  tabs.add(tab);
  if (stream === null) {
    openedAt = Date.now();
    stream = ownStream(tell);
  }
}

function leave(tab: MessagePort): void {
  tabs.delete(tab);
  if (tabs.size > 0) return;
  stream?.close();
  stream = null;
  state = null;
}

(globalThis as unknown as Scope).onconnect = ({ ports: [tab] }) => {
  if (tab === undefined) return;
  tab.onmessage = (event: MessageEvent<Asked>) => {
    if (event.data === "goodbye") return leave(tab);
    join(tab);
    if (Date.now() - openedAt < OPENED_EVERY_MS) return;
    openedAt = Date.now();
    stream?.openAgain();
  };
  join(tab);
  if (state !== null) tab.postMessage(state);
};
