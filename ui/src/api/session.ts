// Who is logged in at this browser, and what his role may do. Where the station has no accounts, people name themselves.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { deleteJson, getJson, postJson } from "./client";
import type { LogIn, Role, Session } from "./types";

/** `run` the line: answer rejects, acknowledge alarms. `teach`: make models, export the log. `vouch` for what is rejected: change
 * thresholds, models in use, and rules. */
export type Right = "run" | "teach" | "vouch";
/** What the API's document says of each route (`x-roles`), to which a test holds this one. */
export const RIGHTS: Record<Role, readonly Right[]> = { viewer: [], operator: ["run"], quality: ["run", "teach", "vouch"], integrator: ["run", "teach"] };

export interface Account {
  name: string;
  role: Role;
}
export type Standing =
  /** The station has not answered yet. */
  | { state: "unknown" }
  /** It has no accounts. */
  | { state: "open" }
  | { state: "in"; account: Account }
  | { state: "out" }
  /** The page was in use: it stays as it is until `account`, who was logged in, comes back, or another. */
  | { state: "ended"; account: Account | null };

export function standingAfter(before: Standing, session: Session): Standing {
  if (!session.has_accounts) return { state: "open" };
  if (session.name !== null && session.role !== null) return { state: "in", account: { name: session.name, role: session.role } };
  switch (before.state) {
    case "in":
    case "ended":
      return { state: "ended", account: before.account };
    case "open":
      return { state: "ended", account: null };
    case "unknown":
    case "out":
      return { state: "out" };
  }
}

/** Whether another comes to a page that somebody used: what that one typed and opened is not sent under the next one's name. */
export function isAnother(before: Standing, after: Standing): boolean {
  if (after.state !== "in") return false;
  switch (before.state) {
    case "in":
    case "ended":
      return before.account !== null && before.account.name !== after.account.name;
    case "open":
    case "unknown":
    case "out":
      return false;
  }
}

export interface SessionNow {
  standing: Standing;
  /** Counts those who came to this page: each begins with a fresh one. */
  visit: number;
  /** The station did not answer when it was asked last. */
  isSilent: boolean;
  /** Forgets who was logged in and what he was shown. */
  left: (session: Session) => void;
}
export const SessionContext = createContext<SessionNow>({ standing: { state: "unknown" }, visit: 0, isSilent: false, left: () => undefined });
export const useSession = (): SessionNow => useContext(SessionContext);

/** Who is logged in; null where the station has no accounts. */
export function useAccount(): Account | null {
  const { standing } = useSession();
  return standing.state === "in" || standing.state === "ended" ? standing.account : null;
}

export const may = (account: Account | null, right: Right): boolean => account === null || RIGHTS[account.role].includes(right);

export const SESSION_KEY = ["session"];
const PATH = "/api/session";
/** Asking does not make a session last longer, unless somebody touched the page since. */
const ASK_EVERY_MS = 15_000;
const ASK_OFTEN_MS = 3_000;

export function useAskSession(isWaiting: boolean) {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: () => getJson<Session>(PATH),
    // It is asked again soon enough; and a try again waits for a page that is not covered.
    retry: false,
    refetchInterval: isWaiting ? ASK_OFTEN_MS : ASK_EVERY_MS,
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: true,
  });
}

/** Looking at a password takes the station a moment. */
const LOG_IN_LIMIT_MS = 20_000;

export function useLogIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (given: LogIn) => postJson<Session>(PATH, given, LOG_IN_LIMIT_MS),
    onSuccess: (session) => {
      client.setQueryData(SESSION_KEY, session);
      // What failed meanwhile is asked for again.
      void client.invalidateQueries();
    },
    // Nobody may be told from here: the accounts may be gone.
    onError: () => client.invalidateQueries({ queryKey: SESSION_KEY }),
  });
}

export function useLogOut() {
  const { left } = useSession();
  return useMutation({ mutationFn: () => deleteJson<Session>(PATH, {}), onSuccess: left });
}
