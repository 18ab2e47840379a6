// How good the parts of a time were, whether something changed, and what may have got through.
import "../../look-line.css";
import "../../look-quality.css";
import { SegmentedControl, Select } from "@mantine/core";
import { useLocation, useSearch } from "wouter";
import { valueOf } from "../../api/fetched";
import { useFacets, useQuality } from "../../api/queries";
import type { Quality } from "../../api/types";
import * as format from "../../format";
import { FetchedView } from "../../shell/fetched-view";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { Panel } from "../../widgets/panel";
import { ControlChart } from "./control-chart";
import { EscapePanel } from "./escape-panel";
import { type ChartKind, CHARTS, type GroupBy, goodShape, GROUPS, intervalWords, type Looked, lookedFromUrl, lookedToQuery, lookedToUrl, type Period, PERIODS, rejectShape, shareOf } from "./quality-data";
import { CausePanels, SharePanels } from "./share-panels";
import { SincePanel } from "./since-panel";

export function QualityPage() {
  const text = useText();
  const [, navigate] = useLocation();
  const looked = lookedFromUrl(new URLSearchParams(useSearch()));
  const quality = useQuality(lookedToQuery(looked));
  const set = (change: Partial<Looked>) => navigate(lookedToUrl({ ...looked, ...change }), { replace: true });
  return (
    <div className="page">
      <div className="page-head quality-head"><h1>{text.quality.title}</h1><Controls looked={looked} set={set} /></div>
      <FetchedView fetched={quality}>
        {(value) => (value.total.parts === 0
          ? <div className="notice"><h2>{text.quality.no_parts_title}</h2><p>{text.quality.no_parts_body}</p></div>
          : <Body quality={value} looked={looked} set={set} />)}
      </FetchedView>
    </div>
  );
}

interface ControlsProps {
  looked: Looked;
  set: (change: Partial<Looked>) => void;
}

function Controls({ looked, set }: ControlsProps) {
  const text = useText();
  const styles = valueOf(useFacets())?.styles ?? [];
  const periods: Record<Period, string> = { day: text.quality.last_day, week: text.quality.last_week, month: text.quality.last_month, year: text.quality.last_year };
  const groups: Record<GroupBy, string> = { hour: text.quality.by_hour, shift: text.quality.by_shift, day: text.quality.by_day, parts: text.quality.by_parts };
  const known = styles.includes(looked.style) || looked.style === "" ? styles : [looked.style, ...styles];
  return (
    <>
      <SegmentedControl aria-label={text.quality.period} value={looked.period} onChange={(value) => set({ period: value as Period })} data={PERIODS.map((value) => ({ value, label: periods[value] }))} />
      <Select className="filter" aria-label={text.part.style} allowDeselect={false} value={looked.style} onChange={(style) => set({ style: style ?? "" })} data={[{ value: "", label: text.quality.every_style }, ...known.map((value) => ({ value, label: value }))]} />
      <SegmentedControl aria-label={text.quality.by} value={looked.by} onChange={(value) => set({ by: value as GroupBy })} data={GROUPS.map((value) => ({ value, label: groups[value] }))} />
    </>
  );
}

function Body({ quality, looked, set }: { quality: Quality } & ControlsProps) {
  return (
    <div className="quality-grid">
      <Totals quality={quality} />
      <RejectChartPanel quality={quality} set={set} />
      <SincePanel quality={quality} style={looked.style} />
      <CausePanels quality={quality} />
      <SharePanels quality={quality} />
      <GoodChartPanel quality={quality} />
      <EscapePanel escapes={quality.escapes} />
    </div>
  );
}

function Totals({ quality }: { quality: Quality }) {
  const text = useText();
  const { total } = quality;
  const cells = [
    { name: text.quality.yield, value: `${format.percent(total.parts - total.rejected, total.parts)} %`, tone: "good" },
    { name: text.quality.parts, value: format.whole(total.parts), tone: "" },
    { name: text.quality.accepted, value: format.whole(total.parts - total.rejected), tone: "" },
    { name: text.quality.rejected, value: format.whole(total.rejected), tone: shareOf(total) > 0 ? "bad" : "" },
  ];
  return (
    <section className="wide">
      <dl className="quality-totals">
        {cells.map((cell) => <div key={cell.name} data-tone={cell.tone}><dt>{cell.name}</dt><dd className="mono">{cell.value}</dd></div>)}
        <div><dt>{text.quality.reject_share}, {text.quality.interval_name}</dt><dd className="mono">{intervalWords(text, total)}</dd></div>
      </dl>
      <p className="quiet">
        {fill(text.quality.until, { time: format.dateTime(quality.to_us), zone: quality.zone ?? text.quality.own_zone })} {text.quality.no_challenge}{quality.is_cut && ` ${text.quality.cut}`}
      </p>
    </section>
  );
}

function RejectChartPanel({ quality, set }: { quality: Quality; set: ControlsProps["set"] }) {
  const text = useText();
  const { chart } = quality;
  const filled = chart.points.filter((point) => point.parts > 0);
  const outside = filled.filter((point) => point.is_outside).length;
  const kind = <SegmentedControl aria-label={text.quality_chart.title} value={chart.kind} onChange={(value) => set({ chart: value as ChartKind })} data={CHARTS.map((value) => ({ value, label: text.quality_chart[value] }))} />;
  return (
    <Panel className="wide" title={text.quality_chart.title} aside={kind}>
      {filled.length < 2 ? <p>{text.quality_chart.too_few}</p> : (
        <>
          <p className="quality-outside" data-outside={outside > 0 || undefined}>{outside > 0 ? fill(text.quality_chart.outside_count, { count: outside, groups: filled.length }) : text.quality_chart.none_outside}</p>
          <ControlChart shape={rejectShape(text, quality)} label={text.quality_chart.title} />
          {chart.is_shortened && <p>{fill(text.quality_chart.shortened, { count: chart.points.length })}</p>}
        </>
      )}
      <p className="quiet quality-words">{chart.kind === "p" ? text.quality_chart.p_words : fill(text.quality_chart.laney_words, { sigma: chart.sigma_z === null ? "1" : chart.sigma_z.toFixed(2) })}</p>
    </Panel>
  );
}

function GoodChartPanel({ quality }: { quality: Quality }) {
  const text = useText();
  const { good } = quality;
  if (good.missing !== null) return <Panel className="wide" title={text.quality_chart.good_title}><p>{text.quality_missing[good.missing]}</p></Panel>;
  return (
    <Panel className="wide" title={text.quality_chart.good_title}>
      <ControlChart shape={goodShape(text, quality)} label={text.quality_chart.good_title} />
      <p className="quiet quality-words">{fill(text.quality_chart.good_words, { weight: good.weight, width: good.width, groups: good.baseline_groups })}</p>
    </Panel>
  );
}
