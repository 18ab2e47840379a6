// What a made-up station says of the quality of its parts.
const HOUR_US = 3_600_000_000;

const bounds = (count, of) => {
  const p = of === 0 ? 0 : count / of;
  const away = of === 0 ? 1 : 1.96 * Math.sqrt((p * (1 - p) + 1 / of) / of);
  return { parts: of, rejected: count, low: Math.max(0, p - away), high: Math.min(1, p + away) };
};
const tally = (parts, name) => {
  const counts = new Map();
  for (const part of parts) if (name(part)) counts.set(name(part), (counts.get(name(part)) ?? 0) + 1);
  return [...counts].map(([key, rejected]) => ({ name: key, rejected })).sort((a, b) => b.rejected - a.rejected);
};
const isReject = (part) => part.disposition === "reject";

export function quality(all, query) {
  const parts = all.filter((part) => part.id !== null && (!query.get("style") || part.style === query.get("style")));
  const to = (parts.at(-1)?.triggered_at_us ?? 0) + 1;
  const from = Number(query.get("from_us")) || Math.max(to - Number(query.get("last_h") ?? 24) * HOUR_US, parts[0]?.triggered_at_us ?? 0);
  const within = parts.filter((part) => part.triggered_at_us >= from);
  const rejects = within.filter(isReject);
  const step = query.get("by") === "day" ? 24 : query.get("by") === "shift" ? 8 : 1;
  const centre = within.length === 0 ? null : rejects.length / within.length;
  const width = query.get("by") === "shift" ? 8 * HOUR_US : (to - from) / (48 / Math.sqrt(step));
  const points = [];
  let average = 0.2;
  for (let at = from; at < to; at += width) {
    const group = within.filter((part) => part.triggered_at_us >= at && part.triggered_at_us < at + width);
    const rejected = group.filter(isReject).length;
    const away = group.length === 0 ? 0 : 3 * Math.sqrt((centre * (1 - centre)) / group.length);
    const share = rejected / Math.max(1, group.length);
    average += 0.2 * (0.2 + points.length * 0.0006 + 0.01 * Math.sin(points.length * 7) - average);
    points.push({
      from_us: at, to_us: at + width, shift: query.get("by") === "shift" ? ["early", "late", "night"][points.length % 3] : null, parts: group.length, rejected,
      low: group.length === 0 ? null : Math.max(0, centre - away), high: group.length === 0 ? null : Math.min(1, centre + away),
      is_outside: group.length > 0 && (share > centre + away || share < centre - away),
      good: group.length === 0 ? null : { scored: group.length, score: average, decided_us: 45_000, average, low: 0.19, high: 0.21, is_outside: average > 0.21 },
    });
  }
  const [worst] = [...points].sort((a, b) => b.rejected / b.parts - a.rejected / a.parts);
  const first = within.find((part) => part.triggered_at_us >= (worst?.from_us ?? 0));
  const earliest = within[Math.max(0, within.indexOf(first) - 40)];
  const suspect = (part) => ({ id: part.id, part_id: part.part_id, triggered_at_us: part.triggered_at_us, version: 3 });
  const isSplit = within.length >= 50;
  const split = (of) => bounds(of.filter(isReject).length, of.length);
  return {
    from_us: from, to_us: to, zone: "Asia/Shanghai", has_shifts: true, is_cut: false, total: bounds(rejects.length, within.length),
    causes: tally(rejects, (part) => part.cause), defects: tally(rejects, (part) => part.defect),
    styles: [...new Set(within.map((part) => part.style))].map((name) => ({ name, share: split(within.filter((part) => part.style === name)) })),
    shifts: ["early", "late", "night"].map((name, index) => ({ name, share: split(within.filter((_, n) => n % 3 === index)) })),
    chart: { kind: query.get("chart") ?? "p", centre, sigma_z: 1.66, points: within.length === 0 ? [] : points, is_shortened: false },
    good: { weight: 0.2, width: 2.86, baseline_groups: Math.ceil(points.length / 2), centre: query.get("style") ? 0.2 : null, missing: query.get("style") ? null : "several_styles" },
    change: !isSplit ? null : {
      first: suspect(first), earliest: suspect(earliest), version_before: 2, before: split(within.filter((part) => part.id < first.id)), after: split(within.filter((part) => part.id >= first.id)), chance: 0.001,
      suspects: within.filter((part) => part.id >= earliest.id).length,
      happened: [
        { at_us: first.triggered_at_us - 0.2 * HOUR_US, code: "recipe_applied", message: `${first.style}: recipe ${first.style} version 3 was made` },
        { at_us: first.triggered_at_us - 90_000_000, code: "job_started", message: "job 7" },
        { at_us: first.triggered_at_us + 2.5 * HOUR_US, code: "disk_slow", message: "the last result took 412 ms to be durable" },
      ],
    },
    change_missing: isSplit ? null : "few_parts",
    escapes: {
      passed: within.length - rejects.length, audited: 60, defects: 0, at_most: 0.0487, missing: null,
      claims: [[0.05, 0], [0.01, 239], [0.005, 538], [0.001, 2_935], [0.0001, 29_896]].map(([share, more]) => ({ share, more })),
      plans: [{ aql: 0.1, letter: "K", sample: 125, accept: 0 }, { aql: 0.25, letter: "H", sample: 50, accept: 0 }, { aql: 0.65, letter: "J", sample: 80, accept: 1 }, { aql: 1, letter: "J", sample: 80, accept: 2 }],
    },
  };
}
