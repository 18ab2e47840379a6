import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ApiError, errorFromBody } from "../api/client";
import { isAnother, may, type Right, RIGHTS, type Standing, standingAfter } from "../api/session";
import type { Role, Session } from "../api/types";
import { en } from "../text/en";
import { zh } from "../text/zh";
import { accessWords } from "./access-data";
import { logInTrouble, namesAfter, namesFrom, secondsUntil } from "./log-in-data";

const nobody: Session = { has_accounts: true, name: null, role: null };
const li: Session = { has_accounts: true, name: "li", role: "operator" };
const open: Session = { has_accounts: false, name: null, role: null };
const asLi: Standing = { state: "in", account: { name: "li", role: "operator" } };

describe("who is logged in", () => {
  test("is asked at a page that was not in use, and covers one that was", () => {
    expect(standingAfter({ state: "unknown" }, nobody)).toEqual({ state: "out" });
    expect(standingAfter({ state: "out" }, nobody)).toEqual({ state: "out" });
    expect(standingAfter(asLi, nobody)).toEqual({ state: "ended", account: asLi.account });
    expect(standingAfter({ state: "ended", account: asLi.account }, nobody)).toEqual({ state: "ended", account: asLi.account });
    expect(standingAfter({ state: "open" }, nobody)).toEqual({ state: "ended", account: null });
  });
  test("is who the station says, or nobody where it has no accounts", () => {
    for (const before of [{ state: "unknown" }, { state: "out" }, { state: "ended", account: null }] as const) expect(standingAfter(before, li)).toEqual(asLi);
    expect(standingAfter(asLi, open)).toEqual({ state: "open" });
    expect(may(null, "vouch")).toBe(true);
  });
  test("gets his own page back, and another a fresh one", () => {
    const ended: Standing = { state: "ended", account: { name: "li", role: "operator" } };
    const comes = (before: Standing, name: string) => isAnother(before, standingAfter(before, { ...li, name }));
    expect([comes(ended, "li"), comes(asLi, "li")]).toEqual([false, false]);
    expect([comes(ended, "wang"), comes(asLi, "wang")]).toEqual([true, true]);
    expect([comes({ state: "unknown" }, "li"), comes({ state: "out" }, "li"), isAnother(asLi, ended)]).toEqual([false, false, false]);
    // Where there were no accounts nobody was logged in.
    expect([comes({ state: "open" }, "li"), comes({ state: "ended", account: null }, "li")]).toEqual([false, false]);
  });
});

describe("what a role may do", () => {
  type Document = { paths: Record<string, Record<string, { "x-roles"?: Role[] }>> };
  const document = JSON.parse(readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8")) as Document;
  const routes = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { "x-roles": roles }]) => ({ method, path, roles })));
  const rolesHere = (right: Right) => (Object.keys(RIGHTS) as Role[]).filter((role) => RIGHTS[role].includes(right));
  /** By what the pages ask before they offer it. */
  const rightOf = (path: string): Right => {
    if (path.includes("/recipes/") || path === "/api/teaching/use") return "vouch";
    return path.startsWith("/api/teaching") || path === "/api/results/export" ? "teach" : "run";
  };

  test("is what the station says of each route that changes something, and of the export", () => {
    const asked = routes.filter(({ method, path }) => (method !== "get" && path !== "/api/session") || path === "/api/results/export");
    expect(asked.length).toBeGreaterThan(15);
    for (const { method, path, roles } of asked) expect([method, path, roles]).toEqual([method, path, rolesHere(rightOf(path))]);
  });
  test("is to look at every page", () => {
    const looks = routes.filter(({ method, path, roles }) => method === "get" && roles !== undefined && path !== "/api/results/export");
    expect(looks.length).toBeGreaterThan(15);
    for (const { path, roles } of looks) expect([path, roles]).toEqual([path, Object.keys(RIGHTS)]);
  });
});

describe("a log-in that failed", () => {
  const refused = (status: number, kind: string, retryAfter: string | null = null) => errorFromBody(status, { error: { kind, message: "in English" } }, retryAfter);
  test("says that name or password are wrong and what to do, in the reader's language alone", () => {
    const trouble = logInTrouble(zh, refused(401, "not_logged_in"), 0);
    expect(trouble).toEqual({ title: "名称或密码错误", todo: zh.log_in.wrong_todo, command: "inspector account password", own: null });
  });
  test("says how long to wait, and when that is over", () => {
    const error = refused(429, "busy", "17");
    expect(error.waitS).toBe(17);
    expect(logInTrouble(en, error, 17)).toEqual({ title: "Too many tries", todo: "Wait 17 s, then try again.", command: null, own: null });
    expect(logInTrouble(en, error, 0).todo).toBe("You can try again now.");
    expect(refused(503, "busy", "1").waitS).toBe(null);
    expect(refused(429, "busy", "soon").waitS).toBe(null);
  });
  test("says why the network may not, that nobody answers, and in any other case what the station said", () => {
    expect(logInTrouble(en, refused(403, "read_only"), 0).title).toBe("No log-in over the network");
    expect(logInTrouble(en, new ApiError("offline", "fetch failed"), 0)).toEqual({ title: "The station does not answer", todo: en.log_in.offline_todo, command: null, own: null });
    expect(logInTrouble(en, refused(507, "internal"), 0).own).toBe("in English");
  });
  test("waits whole seconds, never too few", () => {
    expect([secondsUntil(1_001, 0), secondsUntil(1_000, 0), secondsUntil(0, 5)]).toEqual([2, 1, 0]);
  });
});

test("names that logged in here are kept newest first, each once, and at most six", () => {
  expect(namesAfter(["a", "b"], "b")).toEqual(["b", "a"]);
  expect(namesAfter(["a", "b", "c", "d", "e", "f"], "g")).toEqual(["g", "a", "b", "c", "d", "e"]);
  expect(namesFrom(null)).toEqual([]);
  expect(namesFrom("{")).toEqual([]);
  expect(namesFrom('["a", 1, ""]')).toEqual(["a"]);
});

test("every page says why it is served insecurely, and what that lets others do", () => {
  const because = { is_read_only: false, insecure_because: "a network of its own" };
  const [open, unencrypted, fine] = [[false, false], [true, false], [true, true]].map(([hasAccounts = false, isEncrypted = false]) => accessWords(en, because, { hasAccounts, isEncrypted }));
  expect(open?.title).toBe("Anyone can change this station");
  expect(unencrypted?.title).toBe("The connection is not encrypted");
  for (const words of [open, unencrypted]) expect(words?.body).toContain("a network of its own");
  expect(fine).toBe(null);
  expect(accessWords(en, { is_read_only: true, insecure_because: null }, { hasAccounts: true, isEncrypted: false })?.kind).toBe("read-only");
  expect(accessWords(en, { is_read_only: false, insecure_because: null }, { hasAccounts: false, isEncrypted: false })).toBe(null);
});
