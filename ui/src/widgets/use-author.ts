// Who sits at this browser, remembered in it.
import { useState } from "react";

const AUTHOR_KEY = "inspector.author";

export function useAuthor(): [string, (author: string) => void] {
  const [author, setAuthor] = useState(() => localStorage.getItem(AUTHOR_KEY) ?? "");
  return [author, (next) => {
    localStorage.setItem(AUTHOR_KEY, next.trim());
    setAuthor(next);
  }];
}
