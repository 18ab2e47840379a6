// What takes the whole screen of Live, and how old a picture is. No markup.
import type { LinkSnapshot } from "../../api/station-link";
import type { Alarm, StationStatus } from "../../api/types";

export const faultKey = (alarm: Alarm): string => `${alarm.code} ${alarm.subject} ${alarm.began_us}`;

/** Faults that last, those that nobody has seen first, then the newest. */
export function faults(status: Pick<StationStatus, "alarms">): Alarm[] {
  const seen = (alarm: Alarm) => Number(alarm.acknowledged !== null);
  return status.alarms.filter((alarm) => alarm.ended_us === null && alarm.severity === "error").sort((a, b) => seen(a) - seen(b) || b.began_us - a.began_us);
}

/** The fault that covers the screen; null where each was seen by somebody, or hidden on this screen. */
export function coveringFault(all: readonly Alarm[], hidden: ReadonlySet<string>): Alarm | null {
  return all.find((alarm) => alarm.acknowledged === null && !hidden.has(faultKey(alarm))) ?? null;
}

/** Since how long a picture has been old, in microseconds; null where it is the line's present. */
export function oldFor(snapshot: Pick<LinkSnapshot, "link" | "heardAt">, status: StationStatus, camera: string | null, triggeredUs: number, nowMs: number): number | null {
  const isCameraGone = status.cameras.some((each) => !each.is_connected && (camera === null || each.name === camera));
  if (snapshot.link !== "gone" && !isCameraGone && status.state !== "error") return null;
  const silentUs = snapshot.link === "gone" && snapshot.heardAt !== null ? (nowMs - snapshot.heardAt) * 1_000 : 0;
  return Math.max(0, status.server_time_us + silentUs - triggeredUs);
}

export const cameraOf = (status: StationStatus, style: string | null, view: string): string | null =>
  status.recipes.find((recipe) => recipe.style === style)?.views.find((each) => each.name === view)?.camera ?? null;
