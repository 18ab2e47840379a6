// Parts as pictures with the boxes of what was found, four in a row. Each is a link to where it is reviewed.
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { valueOf } from "../api/fetched";
import { thumbnailAddress, usePart } from "../api/queries";
import type { PartDetail, PartSummary } from "../api/types";
import * as format from "../format";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { reasonLine } from "../verdict";
import { boxesOf, worstView } from "./boxes";
import { PartIdText } from "./part-id";
import { ReviewTag } from "./review-tag";
import { VerdictTag } from "./verdict-mark";

const WIDTH_PX = 640;
/** Pictures this far below what is seen are fetched already. */
const AHEAD = "300px";

interface GalleryProps {
  parts: readonly PartSummary[];
  linkTo: (id: number) => string;
  /** What must not be told of a part: its verdict, score and boxes. */
  isBlind?: (part: PartSummary) => boolean;
}

export function Gallery({ parts, linkTo, isBlind }: GalleryProps) {
  return (
    <ul className="gallery">
      {parts.map((part) => (
        <li key={`${part.job}/${part.part_no}`} data-part={part.part_id}>
          <Card part={part} link={part.id === null ? null : linkTo(part.id)} isBlind={isBlind?.(part) ?? false} />
        </li>
      ))}
    </ul>
  );
}

function Card({ part, link, isBlind }: { part: PartSummary; link: string | null; isBlind: boolean }) {
  const text = useText();
  const words = isBlind ? fill(text.review.card_blind, { part: part.part_id }) : fill(text.review.card, { part: part.part_id, verdict: text.verdict[part.verdict] });
  const body = (
    <>
      <CardPicture part={part} isBlind={isBlind} />
      <span className="card-words">
        <span className="mono card-id"><PartIdText id={part.part_id} /></span>
        {!isBlind && <span className="mono">{format.score(part.score)}</span>}
      </span>
      <span className="card-words">
        {isBlind ? <span className="quiet">{text.review.blind_title}</span> : <VerdictTag verdict={part.verdict} />}
        {!isBlind && <span className="card-reason">{reasonLine(text, part)}</span>}
      </span>
      {!isBlind && part.review != null && <span className="card-words"><ReviewTag part={part} /></span>}
    </>
  );
  return link === null ? <span className="card">{body}</span> : <Link className="card" href={link} aria-label={words}>{body}</Link>;
}

/** Fetches what was found only once the picture comes near, and the picture with it: which view shows it is known then. */
function CardPicture({ part, isBlind }: { part: PartSummary; isBlind: boolean }) {
  const text = useText();
  const [place, isNear] = useNear();
  const detail = valueOf(usePart(isNear ? part.id : null));
  const [failed, setFailed] = useState(false);
  const view = detail === null ? null : shownView(detail, isBlind);
  const source = detail === null || view === null || part.id === null ? null : thumbnailAddress(part.id, view.view, WIDTH_PX);
  return (
    <span className="card-picture" ref={place}>
      {source !== null && !failed && <img src={source} alt="" decoding="async" onError={() => setFailed(true)} />}
      {detail !== null && (source === null || failed) && <span>{text.part.no_image}</span>}
      {!isBlind && !failed && view?.frame != null && (
        <svg viewBox={`0 0 ${view.frame.width} ${view.frame.height}`} aria-hidden="true" className="finding-box">
          {boxesOf(text, view).map((box) => (
            <g key={`${box.x} ${box.y} ${box.width} ${box.height}`}>
              <rect className="finding-halo" x={box.x} y={box.y} width={box.width} height={box.height} />
              <rect x={box.x} y={box.y} width={box.width} height={box.height} />
            </g>
          ))}
        </svg>
      )}
    </span>
  );
}

/** The view that decided the part, or the first one with a picture; a blind look gives no hint by which one it is. */
function shownView(detail: PartDetail, isBlind: boolean) {
  const stored = detail.view_results.filter((view) => view.image === "stored");
  const worst = detail.view_results[worstView(detail)];
  return (!isBlind && worst?.image === "stored" ? worst : stored[0]) ?? null;
}

function useNear(): [React.RefObject<HTMLSpanElement | null>, boolean] {
  const place = useRef<HTMLSpanElement | null>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (place.current === null) return;
    const watch = new IntersectionObserver(([seen]) => {
      if (seen?.isIntersecting !== true) return;
      setNear(true);
      watch.disconnect();
    }, { rootMargin: AHEAD });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return [place, isNear];
}
