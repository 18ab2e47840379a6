// The filters of the list of parts. Those that are needed less often are folded away.
import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useFacets } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import type { Cause, Facets, Judgement } from "../../api/types";
import { useText } from "../../text/language";
import { hasOwnLanes, laneName } from "../../widgets/lane";
import { defectName } from "../../verdict";
import { type Filters, foldedAway, isFiltered, isScore, isVersion, JUDGEMENTS, NO_FILTERS, type Period, PERIODS, type Shown, SHOWN } from "./filters";
import { TypedInput } from "./typed-input";
import { fill } from "../../text/fill";

interface FilterBarProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}
interface FieldsProps {
  filters: Filters;
  set: (change: Partial<Filters>) => void;
  facets: Facets | null;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const text = useText();
  const facets = valueOf(useFacets());
  const folded = foldedAway(filters);
  const [isOpen, setOpen] = useState(folded > 0);
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change });
  return (
    <div className="filters" role="search">
      <TypedInput label={text.part.id} placeholder={text.rejects.part_id_hint} value={filters.piece} onChange={(piece) => set({ piece })} type="search" />
      <Select className="filter" label={text.rejects.show} allowDeselect={false} value={filters.show} onChange={(value) => set({ show: (value ?? "reject") as Shown })} data={SHOWN.map((value) => ({ value, label: text.list_show[value] }))} />
      <PeriodFields filters={filters} set={set} />
      <FacetSelect label={text.part.style} any={text.rejects.any_style} value={filters.style} values={facets?.styles ?? []} onChange={(style) => set({ style })} />
      <FacetSelect label={text.rejects.reviewed} any={text.rejects.any} value={filters.reviewed} values={["yes", "no"]} name={(value) => (value === "yes" ? text.rejects.reviewed_yes : text.rejects.reviewed_no)} onChange={(reviewed) => set({ reviewed: reviewed as Filters["reviewed"] })} />
      <Button px="md" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{folded === 0 ? text.rejects.more : fill(text.rejects.more_count, { count: folded })}</Button>
      {isFiltered(filters) && <Button px="xs" variant="subtle" onClick={() => onChange({ ...NO_FILTERS, show: filters.show })}>{text.rejects.clear}</Button>}
      {isOpen && <MoreFields filters={filters} set={set} facets={facets} />}
    </div>
  );
}

function PeriodFields({ filters, set }: Omit<FieldsProps, "facets">) {
  const text = useText();
  const names: Record<Period, string> = {
    all: text.rejects.time_all,
    hour: text.rejects.time_hour,
    shift: text.rejects.time_shift,
    day: text.rejects.time_day,
    week: text.rejects.time_week,
    custom: text.rejects.time_custom,
  };
  return (
    <>
      <Select className="filter" label={text.rejects.time} allowDeselect={false} value={filters.period} onChange={(value) => set({ period: (value ?? "all") as Period })} data={PERIODS.map((value) => ({ value, label: names[value] }))} />
      {filters.period === "custom" && (
        <>
          <TextInput className="filter" type="datetime-local" label={text.rejects.from} value={filters.from} onChange={(event) => set({ from: event.currentTarget.value })} />
          <TextInput className="filter" type="datetime-local" label={text.rejects.to} value={filters.to} onChange={(event) => set({ to: event.currentTarget.value })} />
        </>
      )}
    </>
  );
}

function MoreFields({ filters, set, facets }: FieldsProps) {
  const text = useText();
  const causeName = (cause: string): string => text.cause[cause as Cause] ?? cause;
  const judgementName = (judgement: string): string => (judgement === "disputed" ? text.review.mark_disputed : text.answer_blind[judgement as Judgement]);
  return (
    <div className="filters more-filters">
      <FacetSelect label={text.part.cause} any={text.rejects.any_cause} value={filters.cause} values={facets?.causes ?? []} name={causeName} onChange={(cause) => set({ cause })} />
      <FacetSelect label={text.part.defect} any={text.rejects.any_defect} value={filters.defect} values={facets?.defects ?? []} name={(name) => defectName(text, name)} onChange={(defect) => set({ defect })} />
      <TypedInput isShort label={text.rejects.score_from} value={filters.scoreFrom} isGood={isScore} wrong={text.rejects.score_wrong} onChange={(scoreFrom) => set({ scoreFrom })} inputMode="decimal" />
      <TypedInput isShort label={text.rejects.score_to} value={filters.scoreTo} isGood={isScore} wrong={text.rejects.score_wrong} onChange={(scoreTo) => set({ scoreTo })} inputMode="decimal" />
      <TypedInput isShort label={text.rejects.version} value={filters.recipeVersion} isGood={isVersion} wrong={text.rejects.version_wrong} onChange={(recipeVersion) => set({ recipeVersion })} inputMode="numeric" />
      <FacetSelect label={text.rejects.judgement} any={text.rejects.any} value={filters.judgement} values={JUDGEMENTS} name={judgementName} onChange={(judgement) => set({ judgement: judgement as Filters["judgement"] })} />
      <TypedInput label={text.rejects.reviewer} placeholder={text.rejects.reviewer_hint} value={filters.reviewer} onChange={(reviewer) => set({ reviewer })} />
      {(hasOwnLanes(facets?.lanes ?? []) || filters.lane !== "") && <FacetSelect label={text.lane.name} any={text.lane.any} value={filters.lane} values={facets?.lanes ?? []} name={(name) => laneName(text, name) ?? name} onChange={(lane) => set({ lane })} />}
      {(facets?.has_confirms === true || filters.isUnconfirmed) && <Checkbox className="filter-check" size="md" label={text.lane.unconfirmed} checked={filters.isUnconfirmed} onChange={(event) => set({ isUnconfirmed: event.currentTarget.checked })} />}
    </div>
  );
}

interface FacetSelectProps {
  label: string;
  any: string;
  value: string;
  values: readonly string[];
  name?: (value: string) => string;
  onChange: (value: string) => void;
}

/** A chosen value stays in the menu even when no result has it just now. */
function FacetSelect({ label, any, value, values, name, onChange }: FacetSelectProps) {
  const all = value === "" || values.includes(value) ? values : [value, ...values];
  return (
    <Select
      className="filter"
      label={label}
      placeholder={any}
      clearable
      searchable={all.length > 8}
      value={value === "" ? null : value}
      onChange={(next) => onChange(next ?? "")}
      data={all.map((each) => ({ value: each, label: name?.(each) ?? each }))}
    />
  );
}
