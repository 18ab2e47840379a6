// Sorting rules being changed. No markup.
import type { Sorting, SortingRule, Verdict } from "../../api/types";
import type { Catalogue } from "../../text/en";
import { fill } from "../../text/fill";
import { conditions } from "../../widgets/lane";

export const isSameRules = (a: readonly SortingRule[], b: readonly SortingRule[]): boolean =>
  a.length === b.length && a.every((rule, at) => KEYS.every((key) => (rule[key] ?? null) === (b[at]?.[key] ?? null)));

const KEYS = ["lane", "verdict", "class", "score_from", "score_below"] as const;

export const withoutRule = (rules: readonly SortingRule[], index: number): SortingRule[] => rules.filter((_, at) => at !== index);

export function withRuleUp(rules: readonly SortingRule[], index: number): SortingRule[] {
  const [moved] = rules.slice(index, index + 1);
  if (moved === undefined || index === 0) return [...rules];
  const rest = withoutRule(rules, index);
  return [...rest.slice(0, index - 1), moved, ...rest.slice(index - 1)];
}

/** Which parts a rule is for, in words. */
export const ruleWords = (text: Catalogue, rule: SortingRule): string =>
  conditions(text, { verdict: rule.verdict ?? null, class: rule.class ?? null, score_from: rule.score_from ?? null, score_below: rule.score_below ?? null });

const takesOf = (sorting: Sorting, lane: string) => sorting.lanes.find((each) => each.name === lane)?.takes ?? "reject";

/** Verdicts of parts that the lane takes: others could never go there. */
export function verdictsFor(sorting: Sorting, lane: string): Verdict[] {
  return takesOf(sorting, lane) === "accept" ? ["pass"] : ["fail", "not_decided"];
}

/** With another lane, a verdict that it does not take is no condition any more. */
export function changedRule(sorting: Sorting, rule: SortingRule, change: Partial<SortingRule>): SortingRule {
  const next = { ...rule, ...change };
  const verdict = next.verdict ?? null;
  return verdict !== null && !verdictsFor(sorting, next.lane).includes(verdict) ? { ...next, verdict: null } : next;
}

/** Every lane with what it takes; one that the station has no more stays visible. */
export function lanesFor(text: Catalogue, sorting: Sorting, lane: string): { value: string; label: string }[] {
  const known = sorting.lanes.map((each) => {
    const words = each.is_safe ? text.sort.safe : each.takes === "accept" ? text.sort.takes_accept : text.sort.takes_reject;
    return { value: each.name, label: fill(words, { lane: each.name }) };
  });
  return known.some((each) => each.value === lane) ? known : [{ value: lane, label: lane }, ...known];
}
