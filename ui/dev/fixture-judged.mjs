// What reviewed parts of the made-up station say of a threshold: shapes as in `http/dto/threshold.rs`.

/** A range of a likeliest number: wide where little was seen. */
const estimate = (value, seen, most) => {
  const spread = value === 0 ? 3.7 : 2.2 * Math.sqrt(Math.max(1, seen));
  const scale = seen === 0 ? 40 : value / Math.max(1, seen);
  return { value, low: Math.max(0, value - spread * scale), high: Math.min(most, value + spread * Math.max(1, scale) * 1.3) };
};

/** `parts` of one style with their truth; those that were rejected, and one pass in ten, were reviewed. */
export function judged(parts, inUse, query) {
  const scored = parts.filter((part) => part.score !== null);
  const accept = Number(query.get("accept_below") ?? query.get("reject_above") ?? inUse.accept_below);
  const [escape, falseReject] = [query.get("cost_escape"), query.get("cost_false_reject")];
  const at = (threshold) => {
    const count = (isDefective, isRejected) => scored.filter((part) => part.truth.is_defective === isDefective && part.score >= threshold === isRejected).length;
    return { escapes: count(true, false), caught: count(true, true), false_rejects: count(false, true) };
  };
  const cost = (found) => (escape === null || falseReject === null ? null : ((found.escapes * Number(escape) + found.false_rejects * Number(falseReject)) * 1000) / Math.max(1, scored.length));
  const outcome = (threshold) => {
    const found = at(threshold);
    const rejects = found.caught + found.false_rejects;
    const right = rejects === 0 ? null : found.caught / rejects;
    const price = cost(found);
    return {
      accept_below: threshold, rejects,
      escapes: estimate(found.escapes, Math.round(found.escapes / 10), scored.length), caught: estimate(found.caught, found.caught, rejects),
      false_rejects: estimate(found.false_rejects, found.false_rejects, scored.length),
      right: { value: right, low: Math.max(0, (right ?? 0) - 0.08), high: Math.min(1, (right ?? 1) + 0.06) },
      cost: price === null ? null : { value: price, low: price * 0.5, high: price * 2.4 },
    };
  };
  const reviewed = scored.filter((part, index) => part.disposition === "reject" || index % 10 === 0);
  const bins = (isDefective) => Array.from({ length: 100 }, (_, bin) => reviewed.filter((part) => part.truth.is_defective === isDefective && Math.min(99, Math.floor(part.score * 100)) === bin).length);
  const of = (stratum, test) => {
    const these = reviewed.filter(test);
    return { stratum, parts: scored.filter(test).length, reviewed: these.length, defective: these.filter((part) => part.truth.is_defective).length };
  };
  const asked = outcome(accept);
  const escapes = asked.escapes.high / Math.max(1, scored.length - asked.rejects);
  return {
    examined: scored.length, since_us: scored[0]?.triggered_at_us ?? null, unclear: 3, asked, in_use: outcome(inUse.accept_below),
    strata: [of("reject", (part) => part.verdict === "fail"), of("not_decided", (part) => part.verdict === "not_decided"), of("pass", (part) => part.verdict === "pass")],
    curve: Array.from({ length: 101 }, (_, step) => {
      const found = at(step / 100);
      return { accept_below: step / 100, escapes: found.escapes, false_rejects: found.false_rejects, cost: cost(found) };
    }),
    defective: bins(true), good: bins(false),
    needs: [
      { claim: "escapes", wanted: 0.01, shown: escapes, is_shown: escapes <= 0.01, more: 186 },
      { claim: "false_rejects", wanted: 0.01, shown: asked.false_rejects.high / Math.max(1, scored.length), is_shown: false, more: 12 },
      { claim: "defects", wanted: 10, shown: 41, is_shown: true, more: 0 },
    ],
  };
}
