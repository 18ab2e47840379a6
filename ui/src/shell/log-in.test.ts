import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ApiError, errorFromBody } from "../api/client";
import { may, RIGHTS, type Standing, standingAfter } from "../api/session";
import type { Role, Session } from "../api/types";
import { en } from "../text/en";
import { zh } from "../text/zh";
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
});

describe("what a role may do", () => {
  const table = readFileSync(join(import.meta.dirname, "../../../inspector/http/rights.rs"), "utf8");
  const rolesOf = (name: string) => [...(new RegExp(`const ${name}: May = Only\\(&\\[([^\\]]*)\\]`).exec(table)?.[1] ?? "").matchAll(/Role::(\w+)/g)].map((match) => String(match[1]).toLowerCase());
  const rolesHere = (right: "run" | "vouch") => (Object.keys(RIGHTS) as Role[]).filter((role) => RIGHTS[role].includes(right));

  test("is what the station's table says", () => {
    expect(rolesHere("run")).toEqual(rolesOf("RUNS"));
    expect(rolesHere("vouch")).toEqual(rolesOf("VOUCHES"));
  });
  test("is asked by the right that each route needs", () => {
    const routes = [...table.matchAll(/\(\s*"(\/api\/[^"]+)",\s*Method::(\w+),\s*(\w+),?\s*\)/g)].map(([, path = "", method = "", right = ""]) => ({ path, method, right }));
    const changes = routes.filter(({ path, method }) => method !== "GET" && path !== "/api/session");
    expect(changes.length).toBeGreaterThan(10);
    const vouched = (path: string) => /\/(recipes|teaching)\b/.test(path);
    for (const { path, right } of changes) expect(`${path} ${right}`).toBe(`${path} ${vouched(path) ? "VOUCHES" : "RUNS"}`);
    expect(routes.find(({ path }) => path === "/api/results/export")?.right).toBe("VOUCHES");
    // Every page can be looked at by every role.
    const looks = routes.filter(({ path, method }) => method === "GET" && !["/api/session", "/api/openapi.json", "/api/results/export"].includes(path));
    for (const { path, right } of looks) expect(`${path} ${right}`).toBe(`${path} LOOKS`);
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
