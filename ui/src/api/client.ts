// The one fetch layer: JSON in and out, errors as `ApiError`, every request with a time limit.
import type { ErrorKind, FileRefused } from "./types";
import { Used } from "./used";

export type FailureKind = ErrorKind | "offline";
const REQUEST_LIMIT_MS = 8_000;
/** Exactly those of the API's document, or this does not compile. */
const KINDS: Record<ErrorKind, true> = { not_found: true, bad_request: true, conflict: true, busy: true, forbidden: true, not_logged_in: true, not_allowed: true, read_only: true, internal: true };

/** Why a request failed. `offline` means that no answer of the station arrived. */
export class ApiError extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    /** Why an uploaded file was not taken, where that was it. */
    readonly refused: FileRefused | null = null,
    /** Where too many tries failed: seconds until the next one is looked at. */
    readonly waitS: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    return new ApiError("offline", error instanceof Error ? error.message : String(error));
  }
}

const TOO_MANY = 429;

/** Reads `{"error": {"kind", "message"}}`; any other body counts as `internal`. `retryAfter` is that header. */
export function errorFromBody(status: number, body: unknown, retryAfter: string | null = null): ApiError {
  const error = isRecord(body) && isRecord(body.error) ? body.error : null;
  if (error && typeof error.kind === "string" && Object.hasOwn(KINDS, error.kind)) {
    const refused = isRecord(error.refused) ? (error.refused as FileRefused) : null;
    const seconds = status === TOO_MANY && retryAfter !== null ? Number(retryAfter) : NaN;
    return new ApiError(error.kind as ErrorKind, String(error.message ?? ""), refused, Number.isFinite(seconds) ? seconds : null);
  }
  return new ApiError("internal", `HTTP ${status}`);
}

export type Query = Record<string, string | number | null | undefined>;

/** The address with its query; empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return search === "" ? path : `${path}?${search}`;
}

export async function getJson<T>(path: string, limitMs = REQUEST_LIMIT_MS): Promise<T> {
  return (await answer(path, { headers: { accept: "application/json" } }, limitMs)).json() as Promise<T>;
}

export async function postJson<T>(path: string, body: unknown, limitMs = REQUEST_LIMIT_MS): Promise<T> {
  return send("POST", path, body, limitMs);
}

export async function deleteJson<T>(path: string, body: unknown): Promise<T> {
  return send("DELETE", path, body, REQUEST_LIMIT_MS);
}

/** Bytes as they are, of a type that a page from elsewhere may not send. */
export async function postBytes<T>(path: string, body: ArrayBuffer, limitMs: number): Promise<T> {
  const init = { method: "POST", headers: { "content-type": "application/octet-stream" }, body };
  return (await answer(path, init, limitMs)).json() as Promise<T>;
}

async function send<T>(method: string, path: string, body: unknown, limitMs: number): Promise<T> {
  const init = { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await answer(path, init, limitMs)).json() as Promise<T>;
}

/** A picture and the number of the part it shows, which the header `x-part-no` tells. */
export async function getPicture(path: string): Promise<{ blob: Blob; partNo: number | null }> {
  const response = await answer(path, { cache: "no-store" }, REQUEST_LIMIT_MS);
  const partNo = response.headers.get("x-part-no");
  return { blob: await response.blob(), partNo: partNo === null ? null : Number(partNo) };
}

/** Whether somebody sits before the page. */
export const used = new Used();

async function answer(path: string, init: RequestInit & { headers?: Record<string, string> }, limitMs: number): Promise<Response> {
  let response: Response;
  const told = used.take();
  try {
    response = await fetch(path, { ...init, headers: { ...init.headers, ...told }, signal: AbortSignal.timeout(limitMs) });
  } catch (error) {
    used.giveBack(told);
    throw ApiError.from(error);
  }
  if (!response.ok) throw errorFromBody(response.status, await response.json().catch(() => null), response.headers.get("retry-after"));
  return response;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
