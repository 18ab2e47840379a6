// A small picture of a part, or the words that there is none.
import { useEffect, useRef, useState } from "react";
import { thumbnailAddress } from "../api/queries";
import type { PartSummary } from "../api/types";
import { useText } from "../text/language";

/** Twice what the layout shows, for sharp screens. */
const WIDTH_PX = 320;
const TRIES_MAX = 3;
const TRY_AGAIN_MS = 1_500;

export function Thumbnail({ part }: { part: Pick<PartSummary, "id" | "views" | "part_id"> }) {
  const text = useText();
  const [failed, setFailed] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  const again = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(again.current), []);
  // The station may have no time to make it just now.
  const retry = (source: string) => {
    if (tries >= TRIES_MAX) return setFailed(source);
    again.current = setTimeout(() => setTries((count) => count + 1), TRY_AGAIN_MS);
  };
  const view = part.views.findIndex((each) => each.has_image);
  const source = part.id === null || view < 0 ? null : thumbnailAddress(part.id, view, WIDTH_PX);
  return (
    <span className="thumbnail">
      {source === null || failed === source
        ? <span>{text.part.no_image}</span>
        : <img key={tries} src={source} alt="" loading="lazy" decoding="async" onError={() => retry(source)} />}
    </span>
  );
}
