// What is said of where a part went: its lane, why, whether the output answered and a sensor saw it. No markup.
import type { PartDetail, PartSummary, RuleUsed } from "../api/types";
import * as format from "../format";
import type { Catalogue } from "../text/en";
import { fill } from "../text/fill";
import { defectName } from "../verdict";

type Gone = Pick<PartSummary, "lane" | "lane_by" | "disposition" | "confirm" | "acknowledged_after_us" | "cause" | "identity">;

/** A station without lanes of its own calls its two so: the disposition says as much. */
const PLAIN_LANES = ["accept", "reject"];

export const hasOwnLanes = (lanes: readonly string[]): boolean => lanes.some((lane) => !PLAIN_LANES.includes(lane));

const isLaneTold = (part: Gone): boolean => part.lane !== null && (!PLAIN_LANES.includes(part.lane) || part.lane_by === "rule" || part.lane_by === "look_up");

export interface WayStep {
  key: "commanded" | "acknowledged" | "confirmed";
  name: string;
  what: string;
  why: string;
  after: string;
  tone: "good" | "bad" | "plain";
}

const after = (text: Catalogue, us: number | null): string => (us === null ? "" : fill(text.lane.after, { ms: format.milliseconds(us) }));

/** From the command to the sensor; empty where the station has neither lanes nor anything that answers. */
export function waySteps(text: Catalogue, part: PartDetail): WayStep[] {
  const steps: WayStep[] = [];
  if (part.acknowledged_after_us !== null) {
    steps.push({ key: "acknowledged", name: text.lane.acknowledged, what: text.lane.answered, why: "", after: after(text, part.acknowledged_after_us), tone: "good" });
  } else if (part.cause === "not_acknowledged") {
    steps.push({ key: "acknowledged", name: text.lane.acknowledged, what: text.lane.unanswered, why: "", after: "", tone: "bad" });
  }
  if (part.confirm !== null) {
    const what = confirmWords(text, part.confirm);
    steps.push({ key: "confirmed", name: text.lane.confirmed, what, why: "", after: after(text, part.confirmed_after_us), tone: part.confirm === "seen" ? "good" : "bad" });
  }
  if (steps.length === 0 && !isLaneTold(part)) return [];
  const lane = laneName(text, part.lane);
  const what = lane === null ? text.lane.sent_plain : fill(text.lane.sent, { lane });
  const why = isLaneTold(part) ? whyLane(text, part) : "";
  return [{ key: "commanded", name: text.lane.commanded, what, why, after: after(text, part.acted_after_us), tone: "plain" }, ...steps];
}

function confirmWords(text: Catalogue, confirm: NonNullable<Gone["confirm"]>): string {
  switch (confirm) {
    case "seen":
      return text.lane.seen;
    case "missing":
      return text.lane.missing;
    case "elsewhere":
      return text.lane.elsewhere;
  }
}

/** Lanes of a station without its own are called by what they are for. */
export function laneName(text: Catalogue, lane: string | null): string | null {
  if (lane === "accept" || lane === "reject") return text.disposition[lane];
  return lane;
}

function whyLane(text: Catalogue, part: PartDetail): string {
  if (part.lane_by === "look_up") return text.lane.by_look_up;
  if (part.lane_by !== "rule") return text.lane.by_usual;
  const rule = part.lane_rule ?? 0;
  return part.rule === null ? fill(text.lane.by_rule_only, { rule }) : fill(text.lane.by_rule, { rule, conditions: conditions(text, part.rule) });
}

export function conditions(text: Catalogue, rule: Omit<RuleUsed, "rule" | "lane">): string {
  const all = [
    rule.verdict === null ? null : text.verdict[rule.verdict],
    rule.class === null ? null : fill(text.lane.when_class, { class: defectName(text, rule.class) }),
    rule.score_from === null ? null : fill(text.lane.when_from, { score: format.score(rule.score_from) }),
    rule.score_below === null ? null : fill(text.lane.when_below, { score: format.score(rule.score_below) }),
  ].filter((each) => each !== null);
  return all.length === 0 ? text.lane.all_parts : all.join(text.lane.and);
}

/** The lane of a row, and what its sensor said where that is not as it should be. */
export function laneCell(text: Catalogue, part: Gone): { lane: string; trouble: string | null } {
  const trouble = part.confirm === "missing" ? text.lane.missing_short : part.confirm === "elsewhere" ? text.lane.elsewhere_short : null;
  return { lane: laneName(text, part.lane) ?? format.NO_VALUE, trouble };
}
