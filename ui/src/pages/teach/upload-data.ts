// What the page says of files that are uploaded. No markup.
import { ApiError } from "../../api/client";
import type { FileRefused, ImageKind, Lesson, TeachingStatus } from "../../api/types";
import * as format from "../../format";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";

/** A file that was not taken; `unreadable` and `offline` are known here, the rest by the station. */
export interface RefusedFile {
  name: string;
  reason: FileRefused["reason"] | "unreadable" | "offline" | "other";
  expected: string;
  found: string;
}

/** How many more images of a kind the lesson may hold. */
export function roomFor(status: TeachingStatus, lesson: Lesson, kind: ImageKind): number {
  return kind === "good" ? status.images_max - lesson.images.length : status.defects_max - lesson.defects.length;
}

/** Why the station did not take a file. */
export function refusedBy(name: string, failure: unknown): RefusedFile {
  const error = ApiError.from(failure);
  if (error.refused !== null) return { name, ...error.refused };
  return { name, reason: error.kind === "offline" ? "offline" : "other", expected: "", found: error.message };
}

/** Whether further files would be refused for the same reason. */
export const endsUpload = (refused: RefusedFile): boolean => ["offline", "lesson_full", "storage", "other"].includes(refused.reason);

export function refusedWords(text: Catalogue, refused: RefusedFile): string {
  const isCount = refused.reason === "too_many_bytes";
  const shown = (value: string) => (isCount ? format.bytes(Number(value)) : value);
  return fill(text.teach_refused[refused.reason], { expected: shown(refused.expected), found: shown(refused.found) });
}
