// A small picture of a part, or the words that there is none.
import { useState } from "react";
import { thumbnailAddress } from "../api/queries";
import type { PartSummary } from "../api/types";
import { useText } from "../text/language";

/** Twice what the layout shows, for sharp screens. */
const WIDTH_PX = 320;

export function Thumbnail({ part }: { part: Pick<PartSummary, "id" | "views" | "part_id"> }) {
  const text = useText();
  const [failed, setFailed] = useState<string | null>(null);
  const view = part.views.findIndex((each) => each.has_image);
  const source = part.id === null || view < 0 ? null : thumbnailAddress(part.id, view, WIDTH_PX);
  return (
    <span className="thumbnail">
      {source === null || failed === source
        ? <span>{text.part.no_image}</span>
        : <img src={source} alt="" loading="lazy" decoding="async" onError={() => setFailed(source)} />}
    </span>
  );
}
