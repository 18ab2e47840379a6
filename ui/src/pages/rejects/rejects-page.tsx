// The list of parts, newest first: those that were rejected, or others.
import { Button, Menu, SegmentedControl } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { useFacets, useResults } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import { may, useAccount } from "../../api/session";
import type { ResultsPage } from "../../api/types";
import { PartIdText } from "../../widgets/part-id";
import { Gallery } from "../../widgets/gallery";
import { ReviewTag } from "../../widgets/review-tag";
import { Thumbnail } from "../../widgets/thumbnail";
import { VerdictTag } from "../../widgets/verdict-mark";
import { FetchedView } from "../../shell/fetched-view";
import { DownloadIcon, NewerIcon, OlderIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { hasOwnLanes } from "../../widgets/lane";
import { FilterBar } from "./filter-bar";
import { type Filters, filtersFromUrl, filtersToQuery, filtersToUrl, isFiltered, pageFromUrl } from "./filters";
import { EXPORTS, exportAddress, exportRefusal, matchedWords, type RejectRow, rejectRows, reviewLink } from "./rejects-data";

const PAGE_LENGTH = 50;
const MINUTE_MS = 60_000;

/** The time by this browser, renewed each minute: "the last hour" must move on. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function RejectsPage() {
  const text = useText();
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const now = useMinute();
  const filters = filtersFromUrl(search);
  const before = pageFromUrl(search);
  const results = useResults({ ...filtersToQuery(filters, now), before, limit: PAGE_LENGTH });
  const isGallery = search.get("view") === "gallery";
  const go = (next: Filters, nextBefore: number | null, replace: boolean, nextGallery = isGallery) => {
    const params = filtersToUrl(next);
    if (nextGallery) params.set("view", "gallery");
    if (nextBefore !== null) params.set("before", String(nextBefore));
    navigate(params.size === 0 ? "/rejects" : `/rejects?${params}`, { replace });
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.list_title[filters.show]}</h1>
        <span className="quiet">{before === null ? text.rejects.follows : text.rejects.paged}</span>
        <SegmentedControl className="push" aria-label={text.review.how_shown} value={isGallery ? "gallery" : "list"} onChange={(value) => go(filters, before, true, value === "gallery")} data={[{ value: "list", label: text.review.list }, { value: "gallery", label: text.review.gallery }]} />
        <ExportMenu filters={filters} now={now} />
      </div>
      <FilterBar filters={filters} onChange={(next) => go(next, null, true)} />
      <FetchedView fetched={results}>
        {(page) => (
          <>
            {page.items.length === 0 ? <NoParts filters={filters} />
              : isGallery ? <Gallery parts={page.items} linkTo={(id) => reviewLink(id, filters, before)} />
              : <RejectList page={page} filters={filters} />}
            <Pager page={page} before={before} onGo={(next) => go(filters, next, false)} />
          </>
        )}
      </FetchedView>
    </div>
  );
}

/** What the filters show, as a file. */
function ExportMenu({ filters, now }: { filters: Filters; now: number }) {
  const text = useText();
  const styles = valueOf(useFacets())?.styles ?? [];
  const account = useAccount();
  const role = account === null || may(account, "teach") ? null : fill(text.account_needs.teach, { role: text.role[account.role] });
  return (
    <Menu position="bottom-end" width={340}>
      <Menu.Target>
        <Button variant="default" leftSection={<DownloadIcon />}>{text.rejects.export}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {EXPORTS.map((kind) => {
          const refusal = role ?? exportRefusal(text, kind, filters, styles);
          const body = <><div>{text.export_name[kind]}</div><div className="quiet">{refusal ?? text.export_what[kind]}</div></>;
          return refusal === null
            ? <Menu.Item key={kind} component="a" href={exportAddress(kind, filters, now)} download>{body}</Menu.Item>
            : <Menu.Item key={kind} disabled>{body}</Menu.Item>;
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

function NoParts({ filters }: { filters: Filters }) {
  const text = useText();
  return <div className="notice"><h2>{text.rejects.empty_title}</h2><p>{isFiltered(filters) ? text.rejects.empty_filtered : text.rejects.empty_body}</p></div>;
}

function RejectList({ page, filters }: { page: ResultsPage; filters: Filters }) {
  const text = useText();
  const facets = valueOf(useFacets());
  const hasLanes = facets !== null && (hasOwnLanes(facets.lanes) || facets.has_confirms);
  const rows = rejectRows(text, page, filters);
  const columns = [text.part.id, text.part.verdict, text.part.cause, text.part.defect, text.part.score, text.part.style, text.part.triggered, text.part.decided, text.rejects.review];
  if (hasLanes) columns.push(text.lane.name);
  return (
    <table className="table rejects">
      <thead>
        <tr><th aria-hidden="true" />{columns.map((column) => <th key={column} className={column === text.part.score ? "number" : column === text.part.decided ? "number column-decided" : ""}>{column}</th>)}</tr>
      </thead>
      <tbody>{rows.map((row) => <RejectLine key={row.key} row={row} columns={columns} hasLanes={hasLanes} />)}</tbody>
    </table>
  );
}

function RejectLine({ row, columns, hasLanes }: { row: RejectRow; columns: string[]; hasLanes: boolean }) {
  const text = useText();
  const [, navigate] = useLocation();
  const { part, link } = row;
  const [, verdict, cause, defect, score, style, triggered, decided, review] = columns;
  return (
    <tr data-part={part.part_id} className={link === null ? "" : "row-link"} onClick={() => link !== null && navigate(link)}>
      <td className="cell-picture"><Thumbnail part={part} /></td>
      <td className="mono cell-id">
        {link === null ? <PartIdText id={part.part_id} /> : <Link href={link} onClick={(event) => event.stopPropagation()}><PartIdText id={part.part_id} /></Link>}
      </td>
      <td data-label={verdict}><VerdictTag verdict={part.verdict} /></td>
      <td data-label={cause}>{row.cause}</td>
      <td data-label={defect}>{row.defect}</td>
      <td data-label={score} className="mono number">{row.score}</td>
      <td data-label={style}>{part.style ?? text.part.style_none}</td>
      <td data-label={triggered} className="mono column-time">{row.time}</td>
      <td data-label={decided} className="mono number column-decided">{row.decided}</td>
      <td data-label={review}><ReviewTag part={part} /></td>
      {hasLanes && <td data-label={text.lane.name}>{row.lane.lane}{row.lane.trouble !== null && <span className="lane-trouble">{row.lane.trouble}</span>}</td>}
    </tr>
  );
}

interface PagerProps {
  page: ResultsPage;
  before: number | null;
  onGo: (before: number | null) => void;
}

function Pager({ page, before, onGo }: PagerProps) {
  const text = useText();
  const { next_before } = page;
  return (
    <div className="pager">
      <span className="quiet">{matchedWords(text, page.matched)}</span>
      <Button variant="default" disabled={before === null} leftSection={<NewerIcon />} onClick={() => onGo(null)}>{text.rejects.newer}</Button>
      <Button variant="default" disabled={next_before === null} rightSection={<OlderIcon />} onClick={() => onGo(next_before)}>{text.rejects.older}</Button>
    </div>
  );
}
