// Log-in at the made-up station: one account for each role, whose password is `password of NAME`.
import { randomUUID } from "node:crypto";

const COOKIE = "inspector_session";
const ACCOUNTS = { Wang: "viewer", li: "operator", "M. Schmidt": "quality", chen: "integrator" };
const FREE_TRIES = 3;
const WAIT_S = 20;

export class Accounts {
  #sessions = new Map();
  #failed = 0;
  #waitUntil = 0;

  constructor(hasAccounts) {
    this.hasAccounts = hasAccounts;
  }

  /** Ends every session, as a restart does. */
  endAll() {
    this.#sessions.clear();
  }

  who(request) {
    const secret = /(?:^|;\s*)inspector_session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    const name = this.#sessions.get(secret) ?? null;
    return { secret, name, role: name === null ? null : ACCOUNTS[name] };
  }

  shown({ name, role }) {
    return { has_accounts: this.hasAccounts, name, role };
  }

  /** Why this is refused; null where it is not. */
  refusal(request, room, what) {
    if (!this.hasAccounts || room === "session") return null;
    const { role } = this.who(request);
    if (role === null) return [401, "not_logged_in", "this station has accounts: log in (POST /api/session)"];
    const isChange = request.method !== "GET" || (room === "results" && what === "export");
    // As `inspector/http/rights.rs`.
    const isVouching = room === "recipes" || (room === "teaching" && what === "use");
    const isTeaching = room === "teaching" || what === "export";
    const roles = isVouching ? ["quality"] : isTeaching ? ["quality", "integrator"] : ["operator", "quality", "integrator"];
    const isAllowed = !isChange || roles.includes(role);
    return isAllowed ? null : [403, "not_allowed", `${request.method} ${request.url}: found ${role}`];
  }

  /** The answer's status, body and headers. */
  async session(request, bodyOf) {
    const who = this.who(request);
    if (request.method === "GET") return [200, this.shown(who), {}];
    if (request.method === "DELETE") {
      this.#sessions.delete(who.secret);
      return [200, this.shown({ name: null, role: null }), { "set-cookie": `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` }];
    }
    const error = (code, kind, message, headers = {}) => [code, { error: { kind, message } }, headers];
    const { name, password } = await bodyOf(request);
    if (!this.hasAccounts) return error(409, "conflict", "this station has no accounts");
    const wait = Math.ceil((this.#waitUntil - Date.now()) / 1_000);
    if (wait > 0) return error(429, "busy", `too many log-ins failed; try again in ${wait} s`, { "retry-after": String(wait) });
    if (ACCOUNTS[name] === undefined || password !== `password of ${name}`) {
      this.#failed += 1;
      if (this.#failed > FREE_TRIES) this.#waitUntil = Date.now() + WAIT_S * 1_000;
      return error(401, "not_logged_in", "name or password are wrong, or the account is disabled");
    }
    this.#failed = 0;
    const secret = randomUUID();
    this.#sessions.set(secret, name);
    return [200, this.shown({ name, role: ACCOUNTS[name] }), { "set-cookie": `${COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict` }];
  }
}
