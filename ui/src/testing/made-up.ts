// Made-up values for unit tests. Not shipped: nothing but tests imports it.
import type { Histogram, PartDetail, PartSummary, ViewResult } from "../api/types";

export function aPart(change: Partial<PartSummary> = {}): PartSummary {
  return {
    id: 1, job: 1, part_no: 1, part_id: "A1", style: "gasket", verdict: "pass", cause: null, disposition: "accept", score: 0.2, defect: null,
    triggered_at_us: 0, decided_after_us: 40_000, acted_after_us: 180_000, identity: "counter", lane: "accept", lane_by: "usual", lane_rule: null, acknowledged_after_us: null, confirm: null, confirmed_after_us: null, challenge: null, views: [{ name: "top", has_image: true }], truth: null, review: null, ...change,
  };
}

export function aView(change: Partial<ViewResult> = {}): ViewResult {
  return {
    view: 0, name: "top", camera: "cam0", verdict: "pass", cause: null, score: 0.2, reject_above: 0.5, accept_below: 0.4,
    model: { name: "m", sha256: "ab", task: "anomaly", provider: "CPU", acceptance: "0123456789ab" }, configuration: null, findings: [], findings_total: 0, frame: null,
    times_us: { exposed_after: 4_000, received_after: 15_000, started_after: 16_000, correct: 2_000, preprocess: 3_000, run: 20_000, findings: 1_000, decided_after: 43_000 },
    image: "stored", image_sha256: null, has_overlay: false, ...change,
  };
}

export const aDetail = (change: Partial<PartDetail> = {}): PartDetail => ({ ...aPart(), recipe: null, rule: null, late: [], view_results: [aView()], reviews: [], drawn: null, classes: [], ...change });

export function aHistogram(counts: Partial<Histogram["counts"]>): Histogram {
  const empty = () => Array.from({ length: 4 }, () => 0);
  return { bins: 4, counts: { pass: empty(), fail: empty(), not_decided: empty(), ...counts }, scored: 10, from_us: null, to_us: null, reject_above: 0.5, accept_below: 0.5, version: 1 };
}
