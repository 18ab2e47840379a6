// What waits for a person's judgement: one part after another, or as a gallery.
import { Button, Select, SegmentedControl } from "@mantine/core";
import { useEffect, useEffectEvent, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { useFacets } from "../../api/queries";
import { valueOf } from "../../api/fetched";
import { type FetchedRow, useListedRow, useQueue } from "../../api/reviewing";
import type { ReviewPage as QueuePage, Why } from "../../api/types";
import * as format from "../../format";
import { Gallery } from "../../widgets/gallery";
import { whenAbout } from "../../widgets/review-words";
import { FetchedView } from "../../shell/fetched-view";
import { NewerIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { filtersFromUrl, filtersToQuery, filtersToUrl, pageFromUrl } from "../rejects/filters";
import { useIsReadOnly } from "../../widgets/changes";
import { useAuthor } from "../../widgets/use-author";
import { OneByOneView } from "./one-by-one";
import { BLIND, type Blind, isBlindFor } from "./row-state";
import { FailureList, LastAnswer } from "./told";
import { useBlind } from "./use-blind";
import { useKeys } from "./use-keys";
import { type OneByOne, useRow } from "./use-row";
import { reviewAddress, type Wanted, wantedFromUrl, WHYS } from "./wanted";

export function ReviewPage() {
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const wanted = wantedFromUrl(search);
  const [openedAt] = useState(() => Date.now());
  const queue = useQueue({ style: wanted.style, why: wanted.why, isWanted: !wanted.isList });
  const listed = useListedRow(filtersToQuery(filtersFromUrl(search), openedAt), pageFromUrl(search), wanted.isList);
  const fetched = wanted.isList ? listed : queue;
  const go = (change: Parameters<typeof reviewAddress>[1], replace = true) => navigate(reviewAddress(search, change), { replace });
  const one = useRow({ fetched, isQueue: !wanted.isList, which: reviewAddress(search, { part: null }), current: wanted.part, go: (part) => go({ part }) });
  const [blind, setBlind] = useBlind();

  // The first one that waits: it is in the address then, and stays on the screen whatever else comes or goes.
  const first = wanted.part === null && !wanted.isGallery && fetched.row.state === "ready" ? (one.row[0]?.id ?? null) : null;
  const show = useEffectEvent((part: number) => go({ part }));
  useEffect(() => {
    if (first !== null) show(first);
  }, [first]);

  return (
    <div className={wanted.isGallery ? "page" : "page review-page"}>
      <Head wanted={wanted} fetched={fetched} one={one} search={search} blind={blind} onBlind={setBlind} onGo={go} />
      {wanted.isGallery
        ? <QueueGallery fetched={fetched} one={one} wanted={wanted} search={search} blind={blind} onGo={go} />
        : (
          <FetchedView fetched={fetched.row}>
            {() => (wanted.part === null
              ? <RowDone wanted={wanted} one={one} onGo={(part) => go({ part })} />
              : <OneByOneView id={wanted.part} one={one} isQueue={!wanted.isList} total={totalOf(one, wanted.why, fetched.hasMore)} blind={blind} onGo={(part) => go({ part })} />)}
          </FetchedView>
        )}
    </div>
  );
}

/** How many there are to go through; a list does not count all of its parts. */
function totalOf(one: OneByOne, why: Why | "", hasMore: boolean): string {
  const { waiting } = one;
  if (waiting === null) return `${format.whole(one.row.length)}${hasMore ? "+" : ""}`;
  return format.whole(Math.max(one.row.length, WHYS.reduce((sum, each) => sum + (why === "" || why === each ? waiting[each] : 0), 0)));
}

interface HeadProps {
  wanted: Wanted;
  fetched: FetchedRow;
  one: OneByOne;
  search: URLSearchParams;
  blind: Blind;
  onBlind: (blind: Blind) => void;
  onGo: (change: Parameters<typeof reviewAddress>[1]) => void;
}

function Head({ wanted, fetched, one, search, blind, onBlind, onGo }: HeadProps) {
  const text = useText();
  const facets = valueOf(useFacets());
  const oldest = valueOf(fetched.row)?.oldestAt ?? null;
  const blindSelect = (
    <Select className="head-select head-blind" aria-label={text.review.blind} title={text.review.blind} allowDeselect={false} value={blind} onChange={(value) => onBlind((value ?? "drawn") as Blind)} data={BLIND.map((value) => ({ value, label: text.review_blind[value] }))} />
  );
  if (wanted.isList) {
    const list = filtersToUrl(filtersFromUrl(search));
    return (
      <div className="page-head review-head">
        <h1>{text.review.title}</h1>
        <Button component={Link} href={list.size === 0 ? "/rejects" : `/rejects?${list}`} variant="default" leftSection={<NewerIcon />}>{text.review.back_to_list}</Button>
        <span className="push" />
        {blindSelect}
      </div>
    );
  }
  const styles = facets?.styles ?? [];
  return (
    <div className="page-head review-head">
      <div className="review-title">
        <h1>{text.review.title}</h1>
        <span className="quiet">{oldest === null ? text.review.none_waits : fill(text.review.oldest, { time: whenAbout(oldest) })}</span>
      </div>
      <Waiting waiting={one.waiting} why={wanted.why} onGo={(why) => onGo({ why, part: null })} />
      {(styles.length > 1 || wanted.style !== "") && <Select className="head-select" aria-label={text.part.style} placeholder={text.rejects.any_style} clearable value={wanted.style === "" ? null : wanted.style} onChange={(style) => onGo({ style: style ?? "", part: null })} data={styles.includes(wanted.style) || wanted.style === "" ? styles : [wanted.style, ...styles]} />}
      {blindSelect}
      <SegmentedControl aria-label={text.review.how_shown} value={wanted.isGallery ? "gallery" : "one"} onChange={(value) => onGo({ isGallery: value === "gallery" })} data={[{ value: "one", label: text.review.one }, { value: "gallery", label: text.review.gallery }]} />
    </div>
  );
}

/** How many wait of each kind; a press shows only those. */
function Waiting({ waiting, why, onGo }: { waiting: Record<Why, number> | null; why: Why | ""; onGo: (why: Why | "") => void }) {
  const text = useText();
  const all = waiting === null ? null : WHYS.reduce((sum, each) => sum + waiting[each], 0);
  const kind = (value: Why | "", name: string, count: number | null) => (
    <button key={value} type="button" className="waiting-kind" data-why={value} aria-pressed={why === value} onClick={() => onGo(value)}>
      <b className="mono">{count === null ? format.NO_VALUE : format.whole(count)}</b>
      <span>{name}</span>
    </button>
  );
  return (
    <div className="waiting-kinds" role="group" aria-label={text.review.waiting}>
      {kind("", text.review.all, all)}
      {WHYS.map((each) => kind(each, text.review_why[each], waiting === null ? null : waiting[each]))}
    </div>
  );
}

/** The last answer can be taken back here, too, and one that was not noted is said. */
function RowDone({ wanted, one, onGo }: { wanted: Wanted; one: OneByOne; onGo: (part: number) => void }) {
  const [author] = useAuthor();
  const isReadOnly = useIsReadOnly("run");
  const undo = () => !isReadOnly && one.last !== null && author.trim() !== "" && one.undo(author.trim());
  useKeys({ u: undo });
  return (
    <>
      <FailureList failures={one.failures} onLook={onGo} onAgain={one.again} onDismiss={one.dismiss} />
      <NothingWaits wanted={wanted} />
      {one.last !== null && <LastAnswer last={one.last} isAuthorMissing={false} onUndo={undo} />}
    </>
  );
}

function NothingWaits({ wanted }: { wanted: Wanted }) {
  const text = useText();
  return (
    <div className="notice">
      <h2>{text.review.empty_title}</h2>
      <p>{wanted.why === "" && wanted.style === "" ? text.review.empty_body : text.review.empty_filtered}</p>
    </div>
  );
}

interface QueueGalleryProps {
  fetched: FetchedRow;
  one: OneByOne;
  wanted: Wanted;
  search: URLSearchParams;
  blind: Blind;
  onGo: HeadProps["onGo"];
}

function QueueGallery({ fetched, one, wanted, search, blind, onGo }: QueueGalleryProps) {
  const text = useText();
  const items = fetched.pages.flatMap((page) => page.items);
  const waits = new Set(one.row.map((each) => each.id));
  const isBlind = (why: Why) => isBlindFor(blind, { why, isDrawn: why === "drawn", isQueue: true });
  const byId = new Map<number | null, QueuePage["items"][number]>(items.map((each) => [each.id, each]));
  return (
    <FetchedView fetched={fetched.row}>
      {() => (items.length === 0 ? <NothingWaits wanted={wanted} /> : (
        <>
          <FailureList failures={one.failures} onLook={(part) => onGo({ part, isGallery: false })} onAgain={one.again} onDismiss={one.dismiss} />
          <Gallery
            parts={items.filter((each) => each.id !== null && waits.has(each.id))}
            linkTo={(id) => reviewAddress(search, { part: id, isGallery: false })}
            isBlind={(part) => isBlind(byId.get(part.id)?.why ?? "drawn")}
          />
          {fetched.hasMore && <Button variant="default" onClick={fetched.more}>{text.review.more_parts}</Button>}
        </>
      ))}
    </FetchedView>
  );
}
