// Made-up parts, recipes and pictures for looking at the web app without a station. Not a simulator.
import { png } from "./png.mjs";

const DEFECTS = { gasket: ["scratch", "dent", "edge_chip"], bracket: ["missing_hole", "scratch"], housing: ["stain", "crack"] };
export const STYLES = Object.keys(DEFECTS);
const OTHER_CAUSES = ["deadline", "frame_lost", "uncertain", "uncertain", "overrun", "frame_incomplete"];

/** Mulberry32: the same seed gives the same parts. */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const recipes = STYLES.map((style, index) => {
  const view = (name, camera, reject_above, accept_below) => ({ name, camera, model: `${style}-patchcore`, reject_above, accept_below, place: { unit: "px", region: style === "bracket" ? [300, 160, 680, 520] : null, ignore: [], align: null } });
  const views = (reject, accept) => [view("top", "cam0", reject, accept), ...(style === "housing" ? [view("side", "cam1", reject, accept)] : [])];
  return {
    style,
    versions: [
      { version: 1, author: "integrator", reason: "First thresholds from 400 good parts", created_at_us: 1_795_000_000_000_000, is_active: false, rules: [], views: views(0.5, 0.5) },
      { version: 2, author: "王敏", reason: "Too many false rejects on the night shift", created_at_us: 1_795_400_000_000_000, is_active: true, rules: [], views: views(0.55 + index * 0.02, index === 1 ? 0.5 : 0.55 + index * 0.02) },
    ],
  };
});
export const activeOf = (style) => recipes.find((recipe) => recipe.style === style)?.versions.find((version) => version.is_active);

const LONG_IDS = [
  (n) => `https://id.example.com/01/09506000134352/21/ABC-${String(n).padStart(9, "0")}?batch=2026-11-28-shift-3`,
  (n) => `左前门内板总成${"甲乙丙丁".repeat(7)}${String(n).padStart(5, "0")}`,
];
export const SORTING = {
  lanes: [
    { name: "first choice", takes: "accept", is_safe: false }, { name: "二级品", takes: "accept", is_safe: false },
    { name: "rework", takes: "reject", is_safe: false }, { name: "scrap", takes: "reject", is_safe: true },
  ],
  rules: [
    { lane: "rework", verdict: "fail", class: "scratch", score_from: null, score_below: 0.75 },
    { lane: "二级品", verdict: null, class: null, score_from: 0.3, score_below: null },
  ],
};

/** As on a line with four lanes, sensors behind some of them, and long IDs. */
export function sorted(part) {
  const isRework = part.verdict === "fail" && part.part_no % 2 === 0;
  const isSecond = part.verdict === "pass" && (part.score ?? 0) >= 0.3;
  const isUnanswered = part.cause === "overrun";
  const confirm = ["seen", "seen", "seen", "seen", "missing", "elsewhere"][part.part_no % 6];
  return {
    ...part, identity: part.part_no % 3 === 0 ? "reader" : "trigger", part_id: part.part_no % 4 === 0 ? LONG_IDS[part.part_no % 8 === 0 ? 1 : 0](part.part_no) : part.part_id,
    cause: isUnanswered ? "not_acknowledged" : part.cause, lane: isRework ? "rework" : isSecond ? "二级品" : part.verdict === "pass" ? "first choice" : "scrap",
    lane_by: isRework || isSecond ? "rule" : "usual", lane_rule: isRework ? 1 : isSecond ? 2 : null,
    acknowledged_after_us: isUnanswered ? null : part.acted_after_us + 1_240, confirm, confirmed_after_us: confirm === "missing" ? null : part.acted_after_us + 240_000,
  };
}

export function makePart(id, partNo, triggeredUs) {
  const next = random(partNo * 7919);
  const style = STYLES[partNo % 11 === 0 ? 2 : partNo % 3 === 0 ? 1 : 0];
  const isDefective = next() < 0.16;
  const limits = activeOf(style).views[0];
  const noise = (next() + next() + next()) / 3;
  const score = isDefective ? Math.min(0.995, 0.48 + noise * 0.5) : 0.08 + noise * noise * 0.62;
  const defect = DEFECTS[style][Math.floor(next() * DEFECTS[style].length)];
  let verdict = score >= limits.reject_above ? "fail" : score < limits.accept_below ? "pass" : "not_decided";
  let cause = verdict === "fail" ? "defect" : verdict === "pass" ? null : "uncertain";
  const broken = next();
  if (broken < 0.02) {
    verdict = "not_decided";
    cause = OTHER_CAUSES[Math.floor(next() * OTHER_CAUSES.length)];
  }
  const hasScore = cause === null || cause === "defect" || cause === "uncertain";
  const decided = hasScore ? Math.round(34_000 + next() * 22_000 + (next() < 0.01 ? 60_000 : 0)) : null;
  const hasFrame = hasScore || cause === "deadline" || cause === "overrun";
  return {
    id, job: 7, part_no: partNo, part_id: `A${String(2_600_000 + partNo)}`, style, verdict, cause,
    disposition: verdict === "pass" ? "accept" : "reject",
    score: hasScore ? Number(score.toFixed(4)) : null, defect: verdict === "fail" ? defect : null,
    triggered_at_us: triggeredUs, decided_after_us: decided, acted_after_us: 180_400 + Math.round(next() * 300),
    identity: "counter", lane: verdict === "pass" ? "accept" : "reject", lane_by: "usual", lane_rule: null, acknowledged_after_us: null, confirm: null, confirmed_after_us: null, challenge: null,
    views: activeOf(style).views.map((view) => ({ name: view.name, has_image: hasFrame && (verdict !== "pass" || partNo % 20 === 0) })),
    truth: { is_defective: isDefective, defect: isDefective ? defect : null },
  };
}

const spotOf = (part, view) => {
  const next = random(part.part_no * 31 + view);
  return { x: 0.3 + next() * 0.4, y: 0.3 + next() * 0.4, r: 0.03 + next() * 0.03 };
};
const isMarked = (part) => part.truth.is_defective;

/** A round or square machined part on a belt, 320 × 240, with a dark spot where a defect is. */
export function partImage(part, view) {
  const [width, height] = [320, 240];
  const spot = spotOf(part, view);
  const grain = random(part.part_no);
  const noise = Array.from({ length: 997 }, () => (grain() - 0.5) * 12);
  return png(width, height, 3, (x, y) => {
    const [u, v] = [x / width - 0.5, (y / height - 0.5) * 0.75];
    const n = noise[(x * 31 + y * 57) % 997];
    const reach = part.style === "gasket" ? Math.hypot(u, v) : part.style === "bracket" ? Math.max(Math.abs(u) * 0.8, Math.abs(v) * 1.25) : Math.max(Math.abs(u), Math.abs(v) * 1.1);
    const isHole = part.style === "gasket" ? reach < 0.12 : Math.hypot(Math.abs(u) - 0.17, v) < 0.045;
    if (reach > 0.31 || isHole) return [38 + n, 46 + n, 50 + n];
    const shine = 150 + 45 * Math.cos((u + v) * 9) + n - Math.max(0, reach - 0.28) * 1500;
    const away = Math.hypot(x / width - spot.x, (y / height - spot.y) * 0.75);
    const dark = isMarked(part) && away < spot.r ? 80 * (1 - away / spot.r) + 20 : 0;
    return [shine - dark, shine - dark + 4, shine - dark + 6];
  });
}

/** The heat map of the same part: clear to yellow to red, 64 × 48. */
export function partHeat(part, view) {
  const spot = spotOf(part, view);
  return png(64, 48, 4, (x, y) => {
    const away = Math.hypot(x / 64 - spot.x, (y / 48 - spot.y) * 0.75);
    const heat = Math.min(1, (part.score ?? 0) * Math.exp(-(away * away) / (2 * spot.r * spot.r * 2.2)) + 0.08);
    return [255, Math.round(230 * (1 - heat)), 30, Math.round(Math.max(0, heat - 0.1) * 255)];
  });
}

const HASH = "9f2c5d1e8a7b4c3d6e5f0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678abc";

export function detailOf(part) {
  const recipe = activeOf(part.style);
  return {
    ...part,
    recipe: { style: part.style, version: recipe.version, author: recipe.author, reason: recipe.reason, created_at_us: recipe.created_at_us },
    rule: part.lane_rule === null ? null : { rule: part.lane_rule, ...SORTING.rules[part.lane_rule - 1] },
    late: part.cause === "deadline" ? [{ view: 0, verdict: "pass", decided_after_us: 214_000, score: 0.21 }] : [],
    view_results: recipe.views.map((view, index) => {
      const spot = spotOf(part, index);
      const region = [(spot.x - spot.r) * 1280, (spot.y - spot.r * 1.3) * 960, spot.r * 2 * 1280, spot.r * 2.6 * 960].map(Math.round);
      const hasFrame = part.cause !== "frame_lost";
      const t = part.decided_after_us;
      return {
        view: index, name: view.name, camera: view.camera, verdict: part.verdict, cause: part.cause, score: part.score,
        reject_above: view.reject_above, accept_below: view.accept_below,
        model: { name: view.model, sha256: HASH, task: "anomaly", provider: "CPU" },
        configuration: index === 0 ? { camera: view.camera, file_sha256: HASH.split("").reverse().join(""), mm_per_px: 0.0412, reprojection_error_px: 0.183 } : null,
        findings: part.verdict === "fail" ? [
          { class: part.defect, score: part.score, region, area_px: Math.round(region[2] * region[3] * 0.7), area_mm2: index === 0 ? region[2] * region[3] * 0.7 * 0.0017 : null, box_mm: index === 0 ? region.map((each) => each * 0.0412) : null },
          { class: part.defect, score: part.score * 0.8, region: [420, 300, 90, 60], area_px: 3120, area_mm2: index === 0 ? 5.3 : null, box_mm: index === 0 ? [19.2, 13.6, 3.7, 2.5] : null },
        ] : [],
        findings_total: part.verdict === "fail" ? 2 : 0,
        frame: hasFrame ? { block_id: part.part_no + 4, device_timestamp_ns: part.triggered_at_us * 1000 + 4_100_000, width: 1280, height: 960, pixel_format: "BayerRG8" } : null,
        times_us: hasFrame
          ? { exposed_after: 4_100, received_after: 15_300, started_after: 16_100, correct: t && 2_400, preprocess: t && 3_900, run: t && t - 25_000, findings: t && 1_700, decided_after: t }
          : { exposed_after: null, received_after: null, started_after: null, correct: null, preprocess: null, run: null, findings: null, decided_after: null },
        image: part.views[index].has_image ? "stored" : hasFrame ? "not_kept" : "none", image_sha256: part.views[index].has_image ? HASH : null, has_overlay: part.score !== null,
      };
    }),
  };
}
