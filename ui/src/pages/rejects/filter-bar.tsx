// The filters of the rejects page.
import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useFacets } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import type { Cause } from "../../api/types";
import { useText } from "../../text/language";
import { hasOwnLanes, laneName } from "../../widgets/lane";
import { defectName } from "../../verdict";
import { type Filters, isFiltered, NO_FILTERS, type Period, PERIODS } from "./filters";

const PART_ID_WAIT_MS = 250;

interface FilterBarProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const text = useText();
  const facets = valueOf(useFacets());
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change });
  const periodNames: Record<Period, string> = {
    all: text.rejects.time_all,
    hour: text.rejects.time_hour,
    shift: text.rejects.time_shift,
    day: text.rejects.time_day,
    week: text.rejects.time_week,
    custom: text.rejects.time_custom,
  };
  const causeName = (cause: string): string => text.cause[cause as Cause] ?? cause;
  return (
    <div className="filters" role="search">
      <Select className="filter" label={text.rejects.time} allowDeselect={false} value={filters.period} onChange={(value) => set({ period: (value ?? "all") as Period })} data={PERIODS.map((value) => ({ value, label: periodNames[value] }))} />
      {filters.period === "custom" && (
        <>
          <TextInput className="filter" type="datetime-local" label={text.rejects.from} value={filters.from} onChange={(event) => set({ from: event.currentTarget.value })} />
          <TextInput className="filter" type="datetime-local" label={text.rejects.to} value={filters.to} onChange={(event) => set({ to: event.currentTarget.value })} />
        </>
      )}
      <FacetSelect label={text.part.style} any={text.rejects.any_style} value={filters.style} values={facets?.styles ?? []} onChange={(style) => set({ style })} />
      <FacetSelect label={text.part.cause} any={text.rejects.any_cause} value={filters.cause} values={facets?.causes ?? []} name={causeName} onChange={(cause) => set({ cause })} />
      <FacetSelect label={text.part.defect} any={text.rejects.any_defect} value={filters.defect} values={facets?.defects ?? []} name={(name) => defectName(text, name)} onChange={(defect) => set({ defect })} />
      {(hasOwnLanes(facets?.lanes ?? []) || filters.lane !== "") && <FacetSelect label={text.lane.name} any={text.lane.any} value={filters.lane} values={facets?.lanes ?? []} name={(name) => laneName(text, name) ?? name} onChange={(lane) => set({ lane })} />}
      <PartIdInput value={filters.partId} onChange={(partId) => set({ partId })} />
      {(facets?.has_confirms === true || filters.isUnconfirmed) && <Checkbox className="filter-check" size="md" label={text.lane.unconfirmed} checked={filters.isUnconfirmed} onChange={(event) => set({ isUnconfirmed: event.currentTarget.checked })} />}
      {isFiltered(filters) && <Button variant="subtle" onClick={() => onChange(NO_FILTERS)}>{text.rejects.clear}</Button>}
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

function PartIdInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const text = useText();
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), PART_ID_WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <TextInput className="filter" label={text.part.id} placeholder={text.rejects.part_id_hint} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
  );
}
