// Serves the API of a made-up station, and the built web app, for development and screenshots.
//   node dev/fixture-server.mjs [--port 8098] [--scene normal|empty|idle|alarms|failing|slow|read-only|insecure|line|lanes|reviewed|accounts|insecure-accounts|stopped|taught] [--every 500]
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { activeOf, detailOf, makePart, partHeat, partImage, recipes, SORTING, sorted, STYLES } from "./fixture-data.mjs";
import { quality } from "./fixture-quality.mjs";
import { Reviews } from "./fixture-review.mjs";
import { judged } from "./fixture-judged.mjs";
import { Accounts } from "./fixture-accounts.mjs";
import { Teaching } from "./fixture-teach.mjs";
import { challenge, gaps, line, noLine } from "./fixture-line.mjs";

const { values: options } = parseArgs({
  options: { port: { type: "string", default: "8098" }, scene: { type: "string", default: "normal" }, every: { type: "string", default: "500" }, parts: { type: "string", default: "1400" }, "insecure-because": { type: "string", default: "a network of this line alone" } },
});
const SCENE = options.scene;
const ACCESS = { is_read_only: SCENE === "read-only", insecure_because: SCENE.startsWith("insecure") ? options["insecure-because"] : null };
const accounts = new Accounts(SCENE.endsWith("accounts"));
const teaching = new Teaching(SCENE);
const DIST = join(import.meta.dirname, "../dist");
const now = () => Math.round(Date.now() * 1000);
const STARTED = now();
const parts = [];
const events = new Set();
const made = (...asked) => (SCENE === "lanes" ? sorted(makePart(...asked)) : makePart(...asked));
const PAST = SCENE === "empty" || SCENE === "idle" ? 0 : Number(options.parts);
for (let n = 1; n <= PAST; n += 1) parts.push(made(n, n, STARTED - (PAST - n) * 900_000));

const reviews = new Reviews(parts, SCENE === "reviewed" ? parts.length : Math.floor(parts.length / 2));
const reviewed = (part) => ({ ...part, review: reviews.mark(part.id) });

const count = (test) => parts.filter(test).length;

function status() {
  const alarm = (code, severity, meaning, remedy, message, ended_us = null) => ({ code, subject: "", severity, message, meaning, remedy, began_us: STARTED - 90_000_000, last_seen_us: STARTED - 1_000_000, ended_us, count: 3, acknowledged: null });
  const stage = (name, p50_us, spread) => ({ name, count: parts.length, p50_us, p99_us: p50_us * spread, p999_us: Math.round(p50_us * spread * 1.3), max_us: Math.round(p50_us * spread * 1.7) });
  const queue = (name, bound, high_water, dropped, when_full) => ({ name, depth: parts.length % (high_water + 1), bound, high_water, dropped, when_full });
  const used = (style, from_version, to_version) => activeOf(STYLES[style]).views.map(({ name }) => ({ style: STYLES[style], view: name, from_version, to_version }));
  const isIdle = SCENE === "idle";
  return {
    version: "0.1.0", station_name: "Station 3", state: isIdle ? "initialized" : SCENE === "alarms" ? "error" : "continuous_execution", is_simulated: true, is_real_time: true, access: ACCESS, server_time_us: now(),
    job: isIdle ? null : { id: 7, started_at_us: STARTED - PAST * 900_000 }, budget: { decide_by_ms: 80, pitch_ms_min: 250 },
    counts: {
      parts: parts.length, pass: count((p) => p.verdict === "pass"), fail: count((p) => p.verdict === "fail"), not_decided: count((p) => p.verdict === "not_decided"),
      rejected: count((p) => p.disposition === "reject"), deadline_misses: count((p) => p.cause === "deadline"), late_verdicts: count((p) => p.cause === "deadline"), images_dropped: 0, gaps: 0,
    },
    agreement: {
      agree: count((p) => p.verdict !== "not_decided" && p.truth.is_defective === (p.verdict === "fail")),
      missed_defects: count((p) => p.truth.is_defective && p.verdict === "pass"),
      false_rejects: count((p) => !p.truth.is_defective && p.verdict === "fail"),
      not_decided: count((p) => p.verdict === "not_decided"),
    },
    last: parts.at(-1) ?? null,
    worst: parts.reduce((worst, part) => ((part.score ?? 0) > (worst?.score ?? 0) ? part : worst), null),
    alarms: SCENE === "alarms"
      ? [
        alarm("camera_gone", "error", { en: "A camera does not answer; its parts are rejected.", zh: "相机无应答，其工件一律剔除。" }, { en: "Check cable, power and the camera's settings.", zh: "检查线缆、电源和相机设置。" }, "camera cam0 (/dev/video0) is gone: no such device"),
        alarm("disk_slow", "warning", { en: "A batch of results could not be stored and is tried again.", zh: "一批结果未能存储，正在重试。" }, { en: "Look at the disk.", zh: "检查磁盘。" }, "the last result took 412 ms to be durable"),
        alarm("line_too_fast", "error", { en: "Parts come closer together than the settings say.", zh: "工件间距小于设定值。" }, { en: "Slow the line down.", zh: "降低线速。" }, "parts came 231 ms apart, the station is set for 250 ms", STARTED - 500_000),
      ]
      : [],
    has_line: SCENE === "line",
    challenge: SCENE === "line" ? challenge(STARTED) : null,
    cameras: ["cam0", "cam1"].map((name, index) => ({ name, kind: "sim", is_connected: SCENE !== "alarms" || index > 0, width: 1280, height: 960, pixel_format: "BayerRG8", frames: parts.length, lost: index, incomplete: 0, reopened: 0, message: SCENE === "alarms" && index === 0 ? "no such device" : null })),
    queues: [queue("frames", 8, 3, 0, "fault"), queue("results", 4096, 41, 0, "fault"), queue("images", 16, 16, SCENE === "alarms" ? 12 : 0, "drop_newest"), queue("preview", 2, 2, 3, "drop_newest")],
    stages: [stage("capture", 15_200, 1.2), stage("wait", 300, 9), stage("correct", 2_300, 1.4), stage("preprocess", 3_800, 1.3), stage("run", 21_000, 1.6), stage("findings", 1_600, 2), stage("decide", 45_000, 1.35), stage("actuate", 180_400, 1.002), stage("record", 1_900, 6), stage("image", 7_000, 4)],
    recipes: STYLES.map((style) => ({ style, version: activeOf(style).version, model: activeOf(style).views[0].model, views: activeOf(style).views.map(({ name, camera, reject_above, accept_below }) => ({ name, camera, reject_above, accept_below })) })),
    models: [
      { name: "gasket-patchcore", provider: "OpenVINO on CPU", precision: "f32", is_quantised: false, threads: 2, nodes: 49, nodes_fallen_back: 0, operators_fallen_back: [], is_tuned: true, acceptance: "3e2261217637", used_by: used(0, 1, null) },
      { name: "housing-patchcore", provider: "CUDA", precision: "f32", is_quantised: false, threads: 1, nodes: 212, nodes_fallen_back: 2, operators_fallen_back: ["NonZero"], is_tuned: false, acceptance: "d5ce66d805fc", used_by: used(1, 1, 1) },
      { name: "housing-20261125-0814", provider: "CPU", precision: "f32", is_quantised: true, threads: 1, nodes: 61, nodes_fallen_back: 0, operators_fallen_back: [], is_tuned: false, acceptance: "90aa41c2be07", used_by: used(1, 2, null) },
    ],
    storage: { data_dir: "/var/lib/inspector", free_bytes: 412e9, images_bytes: 38.2e9, images_quota_bytes: 200e9, result_backlog: 0 },
  };
}

class Refusal extends Error {
  constructor(code, kind, message) { super(message); Object.assign(this, { code, kind }); }
}

function matching(query) {
  const is = (name, value) => !query.get(name) || query.get(name) === value;
  const from = Number(query.get("from_us") ?? 0);
  const to = Number(query.get("to_us") ?? Infinity);
  return (part) => part.id !== null && is("disposition", part.disposition) && is("verdict", part.verdict) && is("style", part.style) && is("cause", part.cause) && is("defect", part.defect)
    && part.part_id.startsWith(query.get("part_id") ?? "") && part.part_id.toLowerCase().includes((query.get("q") ?? "").toLowerCase()) && reviews.matches(part, query)
    && (!query.get("recipe_version") || activeOf(part.style).version === Number(query.get("recipe_version")))
    && (!query.get("score_from") || part.score >= Number(query.get("score_from"))) && (!query.get("score_to") || (part.score !== null && part.score <= Number(query.get("score_to")))) && part.triggered_at_us >= from && part.triggered_at_us <= to;
}

function results(query) {
  const limit = Number(query.get("limit") ?? 50);
  const all = parts.filter(matching(query)).reverse();
  const rest = all.filter((part) => part.id < Number(query.get("before") ?? Infinity));
  const items = rest.slice(0, limit).map(reviewed);
  return { items, next_before: rest.length > limit ? items.at(-1).id : null, matched: { count: Math.min(all.length, 10_000), is_capped: all.length > 10_000 } };
}

const judge = (score, limits) => (score >= limits.reject_above ? "fail" : score < limits.accept_below ? "pass" : "not_decided");
const scored = (style) => parts.filter((part) => part.style === style && part.score !== null);

function histogram(style, query) {
  const { reject_above, accept_below } = activeOf(style).views[Number(query.get("view") ?? 0)];
  const counts = Object.fromEntries(["pass", "fail", "not_decided"].map((verdict) => [verdict, Array(100).fill(0)]));
  for (const part of scored(style)) counts[part.verdict][Math.min(99, Math.floor(part.score * 100))] += 1;
  return { bins: 100, counts, scored: scored(style).length, from_us: null, to_us: null, reject_above, accept_below, version: activeOf(style).version };
}

function wouldChange(style, query) {
  const limits = { reject_above: Number(query.get("reject_above")), accept_below: Number(query.get("accept_below")) };
  const moved = scored(style).map((part) => ({ part, from: part.verdict, to: judge(part.score, limits) })).filter((each) => each.from !== each.to);
  const tally = (test) => moved.filter(test).length;
  return {
    examined: scored(style).length, pass_to_fail: tally((m) => m.from === "pass" && m.to === "fail"), fail_to_pass: tally((m) => m.from === "fail" && m.to === "pass"),
    to_not_decided: tally((m) => m.to === "not_decided"), from_not_decided: tally((m) => m.from === "not_decided"), items: moved.reverse().slice(0, Number(query.get("limit") ?? 24)),
  };
}

function addVersion(style, wish) {
  const recipe = recipes.find((each) => each.style === style);
  const newest = recipe?.versions.at(-1);
  if (!newest) throw new Refusal(404, "not_found", `no recipe ${style}`);
  if (!wish.author?.trim() || !wish.reason?.trim()) throw new Refusal(400, "bad_request", "author and reason must not be empty");
  if (wish.based_on !== newest.version) throw new Refusal(409, "conflict", `based on version ${wish.based_on}, the newest is ${newest.version}`);
  recipe.versions.forEach((each) => (each.is_active = false));
  const views = newest.views.map((view, index) => (index === wish.view ? { ...view, reject_above: wish.reject_above, accept_below: wish.accept_below } : view));
  recipe.versions.push({ version: newest.version + 1, author: wish.author, reason: wish.reason, created_at_us: now(), is_active: true, rules: newest.rules, views });
  return { style, version: newest.version + 1 };
}

function find(id) {
  const part = parts.find((each) => each.id === Number(id));
  if (!part) throw new Refusal(404, "not_found", `no result ${id}`);
  return part;
}

const json = (response, code, body) => response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
const picture = (response, bytes, part) => response.writeHead(200, { "content-type": "image/png", "x-part-no": String(part.part_no) }).end(bytes);

function stream(request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": hello\n\n");
  events.add(response);
  request.on("close", () => events.delete(response));
}
const tell = (event, data) => events.forEach((response) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));

async function bodyOf(request) {
  let body = "";
  for await (const piece of request) body += piece;
  return JSON.parse(body);
}

/** The routes of reviews; false where the address is none of them. */
async function reviewApi(request, response, { room, name, what, query }) {
  if (room === "review") return json(response, 200, reviews.queue(parts, query));
  const isNew = room === "results" && what === "reviews";
  const isUndo = room === "reviews" && what === "undo";
  if (request.method !== "POST" || (!isNew && !isUndo)) return false;
  if (ACCESS.is_read_only) throw new Refusal(403, "read_only", "the station is read-only");
  const wish = await bodyOf(request);
  wish.author = accounts.who(request).name ?? wish.author;
  if (!wish.author?.trim()) throw new Refusal(400, "bad_request", "author must not be empty");
  const told = (answer, result) => {
    tell("review", { id: answer.id, result_id: result });
    return json(response, 201, answer);
  };
  if (isNew) return told(reviews.add(find(name).id, wish), Number(name));
  const undone = reviews.undo(Number(name), wish);
  if (undone === null) throw new Refusal(404, "not_found", `no review ${name}`);
  if (undone === false) throw new Refusal(409, "conflict", `review ${name} is undone already`);
  return told(undone, reviews.resultOf(Number(name)));
}

async function api(request, response, url) {
  const path = url.pathname.slice("/api/".length).split("/").map(decodeURIComponent);
  const query = url.searchParams;
  const [room, name, , view, file] = path;
  if (room === "session") {
    const [code, body, headers] = await accounts.session(request, bodyOf);
    return response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }
  const refusal = accounts.refusal(request, room, room === "teaching" || name === "export" ? name : path[2]);
  if (refusal !== null) throw new Refusal(...refusal);
  if (SCENE === "failing" && room !== "status" && room !== "events") throw new Refusal(503, "busy", "the result log is being checked, try again in a minute");
  if (SCENE === "slow" && room !== "events") return;
  if (await reviewApi(request, response, { room, name, what: path[2], query }) !== false) return;
  if (room === "status") return json(response, 200, status());
  if (room === "line") return json(response, 200, SCENE === "line" ? line(now(), parts.length) : noLine(now()));
  if (room === "events") return stream(request, response);
  if (room === "live") {
    const part = parts.at(-1);
    if (!part) throw new Refusal(404, "not_found", "no image yet");
    return picture(response, path[2] === "overlay.png" ? partHeat(part, Number(name)) : partImage(part, Number(name)), part);
  }
  if (room === "results" && path.length === 1) return json(response, 200, results(query));
  if (room === "results" && path.length === 2 && name !== "export") return json(response, 200, { ...detailOf(find(name)), ...reviews.detail(find(name)) });
  if (room === "results" && path[2] === "views") return picture(response, file === "overlay.png" ? partHeat(find(name), Number(view)) : partImage(find(name), Number(view)), find(name));
  if (room === "quality") return json(response, 200, quality(parts, query));
  if (room === "alarms" && request.method === "GET") {
    const event = (id, severity, kind, message) => ({ id, job: 7, at_us: STARTED - (9 - id) * 1_000_000, severity, kind, message });
    return json(response, 200, SCENE === "alarms" ? [event(3, "error", "camera_gone", "camera cam0 (/dev/video0) is gone: no such device"), event(2, "info", "disk_slow", "disk_slow is over"), event(1, "warning", "disk_slow", "the last result took 412 ms to be durable")] : []);
  }
  if (room === "gaps") return json(response, 200, SCENE === "line" ? gaps(STARTED) : []);
  if (room === "facets") return json(response, 200, { styles: STYLES, causes: [...new Set(parts.map((p) => p.cause).filter(Boolean))], defects: [...new Set(parts.map((p) => p.defect).filter(Boolean))], lanes: [...new Set(parts.map((p) => p.lane))], has_confirms: SCENE === "lanes" });
  if (room === "teaching") {
    if (request.method === "GET" && path[2] === "images") return picture(response, partImage(parts[Number(path[3])], 0), parts[Number(path[3])]);
    const answer = teaching.answer(request.method, path.slice(1));
    if (answer !== null) return json(response, 200, answer);
  }
  if (room === "recipes" && path[2] === "rules") {
    const version = activeOf(decodeURIComponent(path[1])).version;
    const plain = [{ name: "accept", takes: "accept", is_safe: false }, { name: "reject", takes: "reject", is_safe: true }];
    return json(response, 200, { version, classes: ["scratch", "dent"], ...(SCENE === "lanes" ? SORTING : { lanes: plain, rules: [] }) });
  }
  if (room === "recipes" && path.length === 1) return json(response, 200, SCENE === "empty" ? [] : recipes);
  if (path[2] === "histogram") return json(response, 200, histogram(name, query));
  if (path[2] === "evidence") return json(response, 200, judged(parts.filter((part) => part.style === name), activeOf(name).views[Number(query.get("view") ?? 0)], query));
  if (path[2] === "would-change") return json(response, 200, wouldChange(name, query));
  if (path[2] === "versions" && request.method === "POST") {
    const wish = await bodyOf(request);
    return json(response, 201, addVersion(name, { ...wish, author: accounts.who(request).name ?? wish.author }));
  }
  if (room === "results" && name === "export") {
    const rows = parts.filter(matching(query)).map((p) => [p.id, p.part_id, p.style, p.verdict, p.cause, p.score].join(","));
    return response.writeHead(200, { "content-type": "text/csv", "content-disposition": "attachment; filename=results.csv" }).end(["id,part_id,style,verdict,cause,score", ...rows].join("\n"));
  }
  throw new Refusal(404, "not_found", `no such address: ${url.pathname}`);
}

const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
function file(response, pathname) {
  const wanted = join(DIST, normalize(pathname));
  const found = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(DIST, "index.html");
  response.writeHead(200, { "content-type": TYPES[found.split(".").at(-1)] ?? "application/octet-stream" }).end(readFileSync(found));
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://fixture");
  // For tests: every session ends.
  if (url.pathname === "/fixture/end-sessions") {
    accounts.endAll();
    return response.writeHead(204).end();
  }
  if (url.pathname === "/metrics") return response.writeHead(200, { "content-type": "text/plain" }).end(`inspector_event_streams ${events.size}\n`);
  if (!url.pathname.startsWith("/api/")) return file(response, url.pathname);
  api(request, response, url).catch((error) => json(response, error.code ?? 500, { error: { kind: error.kind ?? "internal", message: error.message } }));
});
server.listen(Number(options.port), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));

if (!["empty", "idle", "alarms"].includes(SCENE)) {
  setInterval(() => {
    const partNo = parts.length + 1;
    const part = made(partNo, partNo, now() - 180_000);
    tell("part", { ...part, id: null });
    // A row is durable a moment after its part has left.
    setTimeout(() => parts.push(part), 20);
  }, Number(options.every));
}
setInterval(() => tell("status", status()), 500);
