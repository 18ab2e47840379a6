// One part: what was decided, why, when and by what.
import { Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Link, useSearch } from "wouter";
import { usePart, useStation } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import type { PartDetail } from "../../api/types";
import * as format from "../../format";
import { Copyable } from "../../widgets/copyable";
import { Facts, Panel } from "../../widgets/panel";
import { VerdictMark } from "../../widgets/verdict-mark";
import { FetchedView } from "../../shell/fetched-view";
import { NewerIcon, OlderIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { agreesWithTruth, reasonLine, truthLine } from "../../verdict";
import { filtersFromUrl, filtersToQuery, filtersToUrl } from "../rejects/filters";
import { type Neighbours, useNeighbours } from "./neighbours";
import { worstView } from "../../widgets/boxes";
import { whyLines } from "./part-data";
import { ReviewsPanel } from "./reviews-panel";
import { useReviewDraft } from "./use-review-draft";
import { WayPanel } from "./way-panel";
import { ViewPanels } from "./view-panels";

export function PartPage({ id }: { id: number }) {
  const text = useText();
  const part = usePart(Number.isInteger(id) ? id : null);
  const search = useSearch();
  const missing = <div className="notice"><h1>{fill(text.detail.missing, { id: Number.isNaN(id) ? format.NO_VALUE : id })}</h1></div>;
  if (!Number.isInteger(id)) return missing;
  return (
    <div className="page">
      <PartNavigation part={valueOf(part)} search={search} />
      <FetchedView fetched={part} failed={(error) => (error.kind === "not_found" ? missing : undefined)}>
        {(value) => <PartBody part={value} />}
      </FetchedView>
    </div>
  );
}

function PartNavigation({ part, search }: { part: PartDetail | null; search: string }) {
  const text = useText();
  const params = new URLSearchParams(search);
  const filters = filtersFromUrl(params);
  const isAmongRejects = params.get("among") === "rejects";
  const [now] = useState(() => Date.now());
  const neighbours = useNeighbours(part, isAmongRejects ? filtersToQuery(filters, now) : {});
  const list = filtersToUrl(filters);
  return (
    <div className="page-head">
      <Button component={Link} href={list.size === 0 ? "/rejects" : `/rejects?${list}`} variant="default" leftSection={<NewerIcon />}>
        {text.detail.back}
      </Button>
      <NeighbourLinks neighbours={neighbours} search={search} />
    </div>
  );
}

function NeighbourLinks({ neighbours, search }: { neighbours: Neighbours; search: string }) {
  const text = useText();
  const to = (id: number) => `/parts/${id}${search === "" ? "" : `?${search}`}`;
  const link = (id: number | null, words: string, icons: { leftSection?: React.ReactNode; rightSection?: React.ReactNode }) =>
    id === null
      ? <Button variant="default" disabled {...icons}>{words}</Button>
      : <Button variant="default" component={Link} href={to(id)} {...icons}>{words}</Button>;
  return (
    <div className="push button-row">
      {link(neighbours.newer, text.detail.newer, { leftSection: <NewerIcon /> })}
      {link(neighbours.older, text.detail.older, { rightSection: <OlderIcon /> })}
    </div>
  );
}

function PartBody({ part }: { part: PartDetail }) {
  const text = useText();
  const { status } = useStation();
  const [view, setView] = useState(String(worstView(part)));
  const draft = useReviewDraft(part, false);
  const result = part.view_results[Number(view)] ?? part.view_results[0] ?? null;
  return (
    <>
      <PartHead part={part} />
      <WayPanel part={part} />
      {part.view_results.length > 1 && (
        <SegmentedControl size="md" aria-label={text.part.view} value={view} onChange={setView} data={part.view_results.map((each, index) => ({ value: String(index), label: each.name }))} />
      )}
      {result === null
        ? <ReviewsPanel part={part} view={null} draft={draft} />
        : <ViewPanels key={result.view} part={part} view={result} budgetUs={status === null ? null : status.budget.decide_by_ms * 1_000} draft={draft} />}
      <RecipePanel part={part} />
    </>
  );
}

function PartHead({ part }: { part: PartDetail }) {
  const text = useText();
  const agrees = agreesWithTruth(part);
  return (
    <section className="part-head" data-verdict={part.verdict}>
      <VerdictMark verdict={part.verdict} />
      <div className="verdict-words">
        <h1 className="only-read">{text.pages.part} {part.part_id}</h1>
        <strong>{text.verdict[part.verdict]}</strong>
        <span>{reasonLine(text, part)}</span>
      </div>
      <dl className="verdict-facts">
        <div><dt>{text.part.id}</dt><dd><Copyable value={part.part_id} shown={format.shortId(part.part_id, 44)} />{part.identity !== null && part.identity !== "counter" && <span className="quiet id-from" title={text.lane.identity}>{text.identity_from[part.identity]}</span>}</dd></div>
        <div><dt>{text.part.style}</dt><dd>{part.style ?? text.part.style_none}</dd></div>
        <div><dt>{text.part.triggered}</dt><dd className="mono">{format.dateTimeExact(part.triggered_at_us)}</dd></div>
        <div><dt>{text.part.disposition}</dt><dd>{text.disposition[part.disposition]}</dd></div>
        <div><dt>{text.detail.job}</dt><dd className="mono">{part.job} · #{part.part_no}</dd></div>
        {part.challenge !== null && <div><dt>{text.challenge.name}</dt><dd>{text.challenge[part.challenge]}</dd></div>}
        {part.truth !== null && (
          <div>
            <dt>{text.part.truth}</dt>
            <dd>{truthLine(text, part.truth)}{agrees !== null && ` · ${agrees ? text.part.truth_agrees : text.part.truth_differs}`}</dd>
          </div>
        )}
      </dl>
      <div className="part-why">
        <h2 className="label">{text.detail.why}</h2>
        <ul className="why">{whyLines(text, part).map((line) => <li key={line}>{line}</li>)}</ul>
      </div>
    </section>
  );
}

function RecipePanel({ part }: { part: PartDetail }) {
  const text = useText();
  const { recipe } = part;
  return (
    <Panel title={text.detail.recipe}>
      {recipe === null ? <p className="quiet">{text.detail.recipe_none}</p> : (
        <Facts facts={[
          { name: text.part.style, value: recipe.style },
          { name: text.detail.version_label, value: recipe.version },
          { name: text.detail.author, value: recipe.author },
          { name: text.detail.reason, value: recipe.reason },
          { name: text.detail.created, value: format.dateTime(recipe.created_at_us) },
        ]} />
      )}
    </Panel>
  );
}
