// The station that the end-to-end tests drive: one that runs at INSPECTOR_URL, a real one started from
// INSPECTOR_BIN (with INSPECTOR_SETTINGS), or else the fixture server.
//
// INSPECTOR_ARGS is how the binary is started; {settings}, {port} and {address} are replaced.
// It is split at spaces. Default: "run --settings {settings} --listen {address}".
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const ANSWER_WITHIN_MS = 30_000;
const FIXTURE = join(import.meta.dirname, "../dev/fixture-server.mjs");
export const canRestart = process.env.INSPECTOR_URL === undefined;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Why the insecure station may be changed by everybody. */
export const INSECURE_BECAUSE = "Line network without other users, 仅限本线";

/** Beside the settings, whose folders it keeps. */
function insecure(settings) {
  const path = `${settings}.insecure.toml`;
  writeFileSync(path, `${readFileSync(settings, "utf8")}\n[http]\ninsecure_because = "${INSECURE_BECAUSE}"\n`);
  return path;
}

/** The same station with a PLC that is to connect to this port, beside the settings whose folders it keeps. */
function wired(settings, plcPort) {
  const path = `${settings}.wired.toml`;
  const text = readFileSync(settings, "utf8").replace(/(\[ejector\]\n)kind = "sim"/, '$1kind = "line"').replace(/(\[trigger\]\n)source = "sim"/, '$1source = "line"');
  writeFileSync(path, `${text}\n[[device]]\nname = "plc"\nkind = "modbus-server"\nlisten = "127.0.0.1:${plcPort}"\n`);
  return path;
}

/** The same station with two lanes more, beside the settings whose folders it keeps. */
function sorted(settings) {
  const path = `${settings}.sorted.toml`;
  const lane = (name, takes, more = "") => `\n[[lane]]\nname = "${name}"\ntakes = "${takes}"\n${more}`;
  const lanes = lane("first choice", "accept") + lane("second choice", "accept") + lane("rework", "reject") + lane("scrap", "reject", "safe = true\n");
  writeFileSync(path, readFileSync(settings, "utf8") + lanes);
  return path;
}

/** The same station with a data folder of its own, for accounts: who is in it once is asked for ever after. */
export function peopled(settings) {
  const path = `${settings}.peopled.toml`;
  writeFileSync(path, readFileSync(settings, "utf8").replace(/^data = ".*"/m, 'data = "peopled-data"'));
  return path;
}

/** `access` is what the network may do: `read-only` or `insecure`; `local` is a station that only this machine reaches, `wired` one with a line, `sorted` one with four lanes, and `peopled` one that has accounts. */
function command(port, access, plcPort) {
  const binary = process.env.INSPECTOR_BIN;
  if (binary === undefined) return [process.execPath, [FIXTURE, "--port", String(port), "--scene", { local: "normal", wired: "line" }[access] ?? access, "--insecure-because", INSECURE_BECAUSE]];
  const settings = process.env.INSPECTOR_SETTINGS ?? "station.toml";
  const words = { "{settings}": access === "insecure" ? insecure(settings) : access === "wired" ? wired(settings, plcPort) : access === "sorted" ? sorted(settings) : access === "peopled" ? peopled(settings) : settings, "{port}": String(port), "{address}": `${access === "read-only" || access === "insecure" ? "0.0.0.0" : "127.0.0.1"}:${port}` };
  const template = process.env.INSPECTOR_ARGS ?? "run --settings {settings} --listen {address}";
  return [binary, template.split(" ").map((word) => Object.entries(words).reduce((text, [name, value]) => text.replace(name, value), word))];
}

async function answers(url) {
  const until = Date.now() + ANSWER_WITHIN_MS;
  for (;;) {
    try {
      const reply = await fetch(new URL("/api/status", url), { signal: AbortSignal.timeout(2_000) });
      // One that has accounts answers, and asks who it is.
      if (reply.ok || reply.status === 401) return;
    } catch { /* not up yet */ }
    if (Date.now() > until) throw new Error(`${url} did not answer within ${ANSWER_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export class Station {
  #process = null;
  #port = 0;
  plcPort = 0;
  url = process.env.INSPECTOR_URL ?? "";

  async start(access = "local") {
    if (canRestart) {
      this.#port ||= await freePort();
      this.url = `http://127.0.0.1:${this.#port}`;
      if (access === "wired") this.plcPort ||= await freePort();
      const [program, args] = command(this.#port, access, this.plcPort);
      this.#process = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    }
    await answers(this.url);
    return this;
  }

  /** As when the power goes: no time to say goodbye. */
  async kill() {
    const running = this.#process;
    this.#process = null;
    if (running === null || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await gone;
  }

  at(path) {
    return new URL(path, this.url).href;
  }

  async json(path) {
    const reply = await fetch(this.at(path));
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return reply.json();
  }

  /** Event streams that are open. */
  async streams() {
    const text = await (await fetch(this.at("/metrics"))).text();
    return Number(/^inspector_event_streams (\d+)/m.exec(text)?.[1]);
  }

  /** Event streams that are open, once none of a page that was left is noticed any more: the station sees that only when it sends. */
  async settledStreams() {
    let [before, since] = [await this.streams(), Date.now()];
    while (before > 0 && Date.now() - since < 3_000) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const now = await this.streams();
      if (now !== before) [before, since] = [now, Date.now()];
    }
    return before;
  }

  /** The next rejected part on the event stream, and when its event arrived. */
  async nextReject(withinMs) {
    const reply = await fetch(this.at("/api/events"), { signal: AbortSignal.timeout(withinMs) });
    const words = new TextDecoder();
    let rest = "";
    for await (const piece of reply.body) {
      rest += words.decode(piece, { stream: true });
      const events = rest.split(/\r?\n\r?\n/);
      rest = events.pop();
      for (const event of events) {
        const lines = event.split(/\r?\n/);
        if (!lines.some((line) => /^event: ?part$/.test(line))) continue;
        const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
        const part = JSON.parse(data);
        if (part.disposition === "reject") return { part, at: Date.now() };
      }
    }
    throw new Error("the event stream ended");
  }
}
