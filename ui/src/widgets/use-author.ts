// Who does what is done at this browser: the account that is logged in. Where the station has no accounts, the name that somebody
// entered here, remembered in this browser.
import { useState } from "react";
import { useAccount } from "../api/session";

const AUTHOR_KEY = "inspector.author";

export function useAuthor(): [string, (author: string) => void] {
  const account = useAccount();
  const [author, setAuthor] = useState(() => localStorage.getItem(AUTHOR_KEY) ?? "");
  return [account?.name ?? author, (next) => {
    localStorage.setItem(AUTHOR_KEY, next.trim());
    setAuthor(next);
  }];
}
