// Made-up reviews: who said what, what waits, and how the list of parts asks for it.
import { random, recipes } from "./fixture-data.mjs";

const CLASSES = { gasket: ["scratch", "dent", "edge_chip"], bracket: ["missing_hole", "scratch", "burr", "bent"], housing: ["stain", "crack", "broken", "contamination", "a class with a long name that somebody taught"] };
const SHARE = 0.02;
/** A judgement of somebody, long ago, on every seventh of the older parts. */
const PEOPLE = ["Li", "王敏", "Schmidt"];

const whyOf = (part) => {
  if (part.verdict === "fail") return "reject";
  if (part.verdict === "not_decided") return "not_decided";
  if (part.part_no % 20 === 0) return "drawn";
  const view = recipes.find((each) => each.style === part.style)?.versions.find((each) => each.is_active)?.views[0];
  return view !== undefined && part.score !== null && part.score > view.accept_below * 0.72 ? "near" : null;
};

export class Reviews {
  #all = new Map();
  #next = 1;

  /** So that there is something to look at: reviews of the parts up to the `older`th, some of them undone or disputed. */
  constructor(parts, older) {
    for (const part of parts.slice(0, older)) {
      if (whyOf(part) === null) continue;
      const next = random(part.part_no * 13);
      const judgement = next() < 0.1 ? "cannot_tell" : part.truth.is_defective ? "defect" : "good";
      const author = PEOPLE[part.part_no % 3];
      const made = this.#add(part.id, { judgement, author, class: judgement === "defect" ? CLASSES[part.style][0] : null, region: judgement === "defect" && next() < 0.5 ? { view: "top", x: 500, y: 360, width: 180, height: 120 } : null, reason: next() < 0.2 ? "看了实物，确认无误 / looked at the part itself" : null }, part.triggered_at_us / 1000 + 3_600_000);
      if (part.part_no % 9 === 0) this.undo(made.id, { author: "Li", reason: "mixed up two parts" });
      if (part.part_no % 7 === 0) this.#add(part.id, { judgement: judgement === "defect" ? "good" : "defect", author: "Schmidt", class: null, region: null, reason: null }, part.triggered_at_us / 1000 + 7_200_000);
    }
  }

  #add(result, { judgement, author, class: named, region, reason }, atMs) {
    const review = { id: this.#next, at: new Date(atMs).toISOString(), author, judgement, class: named ?? null, region: region ?? null, reason: reason ?? null, undone: null };
    this.#next += 1;
    this.#all.set(result, [...this.of(result), review]);
    return review;
  }

  of(result) {
    return this.#all.get(result) ?? [];
  }

  #standing(result) {
    return this.of(result).filter((each) => each.undone === null);
  }

  /** What a list says of it in a word. */
  mark(result) {
    const said = new Set(this.#standing(result).map((each) => each.judgement));
    return said.size > 1 ? "disputed" : ([...said][0] ?? null);
  }

  add(result, wish) {
    const { id, at } = this.#add(result, wish, Date.now());
    return { id, at };
  }

  /** Null where there is no such review, false where it is undone already. */
  undo(id, { author, reason }) {
    const review = [...this.#all.values()].flat().find((each) => each.id === id);
    if (review === undefined) return null;
    if (review.undone !== null) return false;
    review.undone = { at: new Date().toISOString(), author, reason: reason ?? null };
    return { id, at: review.undone.at };
  }

  resultOf(id) {
    return [...this.#all].find(([, said]) => said.some((each) => each.id === id))?.[0] ?? null;
  }

  detail(part) {
    return { review: this.mark(part.id), reviews: this.of(part.id), drawn: whyOf(part) === "drawn" ? SHARE : null, classes: CLASSES[part.style] };
  }

  queue(parts, query) {
    const style = query.get("style");
    const waits = parts.filter((part) => part.id !== null && (!style || part.style === style) && this.#standing(part.id).length === 0).map((part) => ({ ...part, review: null, why: whyOf(part) })).filter((part) => part.why !== null);
    const waiting = { reject: 0, not_decided: 0, near: 0, drawn: 0 };
    for (const { why } of waits) waiting[why] += 1;
    const wanted = waits.filter((part) => !query.get("why") || part.why === query.get("why"));
    const rest = wanted.filter((part) => part.id > Number(query.get("after") ?? 0));
    const items = rest.slice(0, Number(query.get("limit") ?? 50));
    return { waiting, oldest_at: wanted.length === 0 ? null : new Date(wanted[0].triggered_at_us / 1000).toISOString(), items, next: rest.length > items.length ? items.at(-1).id : null };
  }

  /** Whether a part is among those that the list asks for by its reviews. */
  matches(part, query) {
    const standing = this.#standing(part.id);
    const reviewed = query.get("reviewed");
    if (reviewed && (reviewed === "yes") !== standing.length > 0) return false;
    if (query.get("judgement") && this.mark(part.id) !== query.get("judgement")) return false;
    return !query.get("reviewer") || standing.some((each) => each.author === query.get("reviewer"));
  }
}
