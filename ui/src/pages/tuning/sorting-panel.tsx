// The rules by which parts of a style are sorted into lanes. Not shown where there is nothing to sort into.
import { ActionIcon, Button, NumberInput, Select, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSetRules, useSorting } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import type { Sorting, SortingRule, Verdict } from "../../api/types";
import { NewerIcon, MinusIcon, PlusIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { defectName } from "../../verdict";
import { AuthorField } from "../../widgets/author-field";
import { Changes } from "../../widgets/changes";
import { Panel } from "../../widgets/panel";
import { Refusal } from "../../widgets/refusal";
import { useAuthor } from "../../widgets/use-author";
import { changedRule, isSameRules, lanesFor, verdictsFor, withoutRule, withRuleUp } from "./sorting-data";

export function SortingPanel({ style }: { style: string }) {
  const sorting = valueOf(useSorting(style));
  if (sorting === null || (sorting.lanes.length <= 2 && sorting.rules.length === 0)) return null;
  return <SortingForm key={sorting.version} style={style} sorting={sorting} />;
}

function SortingForm({ style, sorting }: { style: string; sorting: Sorting }) {
  const text = useText();
  const [rules, setRules] = useState<SortingRule[]>(sorting.rules);
  const [author, setAuthor] = useAuthor();
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const setting = useSetRules(style);
  const isSame = isSameRules(rules, sorting.rules);
  const missing = (value: string) => (isTried && value.trim() === "" ? text.tuning.required : null);
  const safe = sorting.lanes.find((lane) => lane.is_safe)?.name ?? "";
  const accept = sorting.lanes.find((lane) => lane.takes === "accept")?.name ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (author.trim() === "" || reason.trim() === "") return;
    setting.mutate({ based_on: sorting.version, rules, author: author.trim(), reason: reason.trim() });
  };
  return (
    <Panel title={text.sort.title}>
      <p className="quiet">{fill(text.sort.lead, { accept, safe })}</p>
      <form className="sorting" onSubmit={submit} noValidate>
        <Changes right="vouch">
          {rules.length === 0 && <p>{text.sort.none}</p>}
          <ol className="sorting-rules">
            {rules.map((rule, index) => (
              <RuleRow key={index} index={index} rule={rule} sorting={sorting} onChange={(next) => setRules(rules.map((each, at) => (at === index ? next : each)))} onRemove={() => setRules(withoutRule(rules, index))} onUp={() => setRules(withRuleUp(rules, index))} />
            ))}
          </ol>
          <div className="button-row">
            <Button variant="default" leftSection={<PlusIcon />} onClick={() => setRules([...rules, { lane: safe, verdict: null, class: null, score_from: null, score_below: null }])}>{text.sort.add}</Button>
            <Button variant="default" disabled={isSame} onClick={() => setRules(sorting.rules)}>{text.sort.back}</Button>
          </div>
          {!isSame && (
            <div className="sorting-apply">
              <AuthorField label={text.tuning.author} value={author} error={missing(author)} onChange={setAuthor} name="sorting-author" />
              <Textarea label={text.tuning.reason} description={text.sort.reason_hint} required rows={2} value={reason} error={missing(reason)} onChange={(event) => setReason(event.currentTarget.value)} name="sorting-reason" />
              <Button type="submit" loading={setting.isPending}>{fill(text.sort.save, { version: sorting.version + 1 })}</Button>
            </div>
          )}
        </Changes>
        <Refusal failure={setting.error} />
      </form>
    </Panel>
  );
}

interface RuleRowProps {
  index: number;
  rule: SortingRule;
  sorting: Sorting;
  onChange: (rule: SortingRule) => void;
  onRemove: () => void;
  onUp: () => void;
}

function RuleRow({ index, rule, sorting, onChange, onRemove, onUp }: RuleRowProps) {
  const text = useText();
  const number = index + 1;
  const set = (change: Partial<SortingRule>) => onChange(changedRule(sorting, rule, change));
  const score = (value: number | string): number | null => (typeof value === "number" ? value : null);
  return (
    <li aria-label={fill(text.sort.rule, { rule: number })}>
      <span className="mono sorting-number">{number}</span>
      <Select className="filter" label={text.sort.verdict} placeholder={text.sort.verdict_any} clearable value={rule.verdict ?? null} onChange={(value) => set({ verdict: value as Verdict | null })} data={verdictsFor(sorting, rule.lane).map((value) => ({ value, label: text.verdict[value] }))} />
      <Select className="filter" label={text.sort.class} placeholder={text.sort.class_any} clearable value={rule.class ?? null} onChange={(value) => set({ class: value })} data={sorting.classes.map((value) => ({ value, label: defectName(text, value) }))} />
      <NumberInput className="sorting-score" label={text.sort.from} min={0} max={1} step={0.01} decimalScale={3} value={rule.score_from ?? ""} onChange={(value) => set({ score_from: score(value) })} />
      <NumberInput className="sorting-score" label={text.sort.below} min={0} max={1} step={0.01} decimalScale={3} value={rule.score_below ?? ""} onChange={(value) => set({ score_below: score(value) })} />
      <Select className="sorting-lane" label={text.sort.to} allowDeselect={false} value={rule.lane} onChange={(value) => set({ lane: value ?? rule.lane })} data={lanesFor(text, sorting, rule.lane)} />
      <ActionIcon size={44} variant="default" disabled={index === 0} className="sorting-up" aria-label={fill(text.sort.up, { rule: number })} title={fill(text.sort.up, { rule: number })} onClick={onUp}><NewerIcon /></ActionIcon>
      <ActionIcon size={44} variant="default" aria-label={fill(text.sort.remove, { rule: number })} title={fill(text.sort.remove, { rule: number })} onClick={onRemove}><MinusIcon /></ActionIcon>
    </li>
  );
}
