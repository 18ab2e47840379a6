// Knows who is logged in, for all pages: asks the station, and hears from every refusal that a session has ended.
import { focusManager, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { isAnother, SESSION_KEY, SessionContext, type SessionNow, type Standing, standingAfter, useAskSession } from "../api/session";
import type { Session } from "../api/types";

export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [standing, setStanding] = useState<Standing>({ state: "unknown" });
  const [visit, setVisit] = useState(0);
  const [seen, setSeen] = useState<Session | null>(null);
  const asked = useAskSession(standing.state === "out" || standing.state === "ended" || standing.state === "unknown");
  if (asked.data !== undefined && asked.data !== seen) {
    setSeen(asked.data);
    const next = standingAfter(standing, asked.data);
    if (isAnother(standing, next)) setVisit(visit + 1);
    setStanding(next);
  }
  // A page that is covered stops asking, as one that is not looked at does.
  const isCovered = standing.state === "ended";
  useEffect(() => {
    focusManager.setFocused(isCovered ? false : undefined);
    return () => focusManager.setFocused(undefined);
  }, [isCovered]);
  const isSilent = asked.error !== null;
  const now = useMemo<SessionNow>(() => ({
    standing,
    visit,
    isSilent,
    left: (session) => {
      setStanding({ state: "unknown" });
      setSeen(null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
      client.setQueryData(SESSION_KEY, session);
    },
  }), [client, standing, visit, isSilent]);
  return <SessionContext value={now}>{children}</SessionContext>;
}
