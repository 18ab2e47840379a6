// Of which parts the verdict is hidden until the answer, remembered in this browser.
import { useState } from "react";
import { BLIND, type Blind } from "./row-state";

const BLIND_KEY = "inspector.review.blind";

export function useBlind(): [Blind, (blind: Blind) => void] {
  const [blind, setBlind] = useState<Blind>(() => BLIND.find((each) => each === localStorage.getItem(BLIND_KEY)) ?? "drawn");
  return [blind, (next) => {
    localStorage.setItem(BLIND_KEY, next);
    setBlind(next);
  }];
}
