// Where the next model shall look: what somebody typed for this lesson, kept over Stop, another page and a reload; before that, where
// the lesson's model looks, or else the recipe that is in use.
import { useState } from "react";
import { valueOf } from "../../api/fetched";
import { useRecipes } from "../../api/queries";
import type { Lesson } from "../../api/types";
import { keptPlace, keptText, type PlaceInUse, placeInUse, type PlaceText, textOf } from "./place-data";

const KEY = "inspector.teach.place";

interface PlaceDraft {
  value: PlaceText;
  set: (next: PlaceText) => void;
  /** Where the fields are filled in from, while nobody has changed them. */
  from: PlaceInUse | null;
}

export function usePlace(lesson: Lesson): PlaceDraft {
  const [typed, setTyped] = useState(() => keptPlace(localStorage.getItem(KEY), lesson));
  const recipes = valueOf(useRecipes()) ?? [];
  const from = typed === null && lesson.taught === null ? placeInUse(recipes, lesson) : null;
  // How parts are found first is the station's to say: as the recipe in use does.
  const begins = lesson.taught !== null ? textOf(lesson.taught.place) : { ...textOf(from?.place), align: null };
  return {
    value: typed ?? begins,
    set: (next) => {
      localStorage.setItem(KEY, keptText(lesson, next));
      setTyped(next);
    },
    from: from !== null && (from.place.region !== null || from.place.ignore.length > 0) ? from : null,
  };
}
