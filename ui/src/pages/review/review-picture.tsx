// The picture of a part under review. The next part's is fetched, unseen, while one looks at this one.
import { SegmentedControl } from "@mantine/core";
import { useEffect, useEffectEvent } from "react";
import { usePart } from "../../api/queries";
import type { PartDetail, ViewResult } from "../../api/types";
import { worstView } from "../../widgets/boxes";
import { FetchedView } from "../../shell/fetched-view";
import { useText } from "../../text/language";
import type { ReviewDraft } from "../part/use-review-draft";
import { ZoomPicture } from "../part/zoom-picture";

interface ReviewPictureProps {
  id: number;
  isShown: boolean;
  /** Which view is looked at; null where it is not known yet. */
  view: number | null;
  isBlind: (part: PartDetail) => boolean;
  draft: ReviewDraft;
  onView: (view: number) => void;
  /** The picture is on the screen, or there is none. */
  onSettled: () => void;
}

export function ReviewPicture({ id, isShown, view, isBlind, draft, onView, onSettled }: ReviewPictureProps) {
  const text = useText();
  const fetched = usePart(id);
  return (
    <div className="review-picture" hidden={!isShown}>
      <FetchedView fetched={fetched}>
        {(part) => {
          const result = part.view_results.find((each) => each.view === view) ?? part.view_results[worstView(part)] ?? null;
          if (result === null) return <NoView words={text.review.no_view} onSettled={isShown ? onSettled : undefined} />;
          return (
            <ZoomPicture
              key={result.view}
              part={part}
              view={result}
              marked={null}
              draft={isShown ? draft : undefined}
              isBlind={isBlind(part)}
              onSettled={isShown ? onSettled : undefined}
              tools={part.view_results.length > 1 && <ViewChoice views={part.view_results} view={result} onView={onView} />}
            />
          );
        }}
      </FetchedView>
    </div>
  );
}

function ViewChoice({ views, view, onView }: { views: readonly ViewResult[]; view: ViewResult; onView: (view: number) => void }) {
  const text = useText();
  return <SegmentedControl size="md" aria-label={text.part.view} value={String(view.view)} onChange={(value) => onView(Number(value))} data={views.map((each) => ({ value: String(each.view), label: each.name }))} />;
}

function NoView({ words, onSettled }: { words: string; onSettled: (() => void) | undefined }) {
  const settled = useEffectEvent(() => onSettled?.());
  const isHeard = onSettled !== undefined;
  useEffect(() => {
    if (isHeard) settled();
  }, [isHeard]);
  return <div className="viewfinder viewfinder-empty"><span>{words}</span></div>;
}
