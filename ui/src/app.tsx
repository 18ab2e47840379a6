// The frame of the app: providers, the shell and which page an address shows. Pages and languages are fetched when they are shown, and
// all of them once the first page stands, so that they are there when the station does not answer.
import { MantineProvider } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Route, Switch, useRoute } from "wouter";
import { ApiError, used } from "./api/client";
import { StationLinkContext, useStartStation } from "./api/queries";
import { SESSION_KEY, useSession } from "./api/session";
import { StationLink } from "./api/station-link";
import { CrashGuard } from "./shell/crash-guard";
import { NotFoundPage } from "./shell/not-found-page";
import { SessionProvider } from "./shell/session-provider";
import { PageMissing } from "./shell/page-missing";
import { Shell } from "./shell/shell";
import { Loading } from "./shell/fetched-view";
import { fetchLanguages, LanguageProvider, type Reading, startReading } from "./text/language";
import { theme } from "./theme";

/** A refusal for want of a log-in, whoever gets it first, is asked about. */
const noticed = (error: Error) => {
  if (ApiError.from(error).kind === "not_logged_in") void client.invalidateQueries({ queryKey: SESSION_KEY });
};
const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticed }),
  mutationCache: new MutationCache({ onError: noticed }),
  defaultOptions: {
    queries: {
      retry: (failures, error) => ApiError.from(error).kind === "offline" && failures < 1,
      refetchOnWindowFocus: false,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
const link = new StationLink();

/** The first page has what it shows by then. */
const FETCH_REST_MS = 4_000;

const fetches: (() => Promise<unknown>)[] = [fetchLanguages];

/** One that cannot be fetched says so in its place. */
function page<Props extends object>(fetch: () => Promise<ComponentType<Props>>) {
  fetches.push(fetch);
  return lazy(async () => ({ default: await fetch().catch((): ComponentType<Props> => PageMissing) }));
}

const LivePage = page(async () => (await import("./pages/live/live-page")).LivePage);
const RejectsPage = page(async () => (await import("./pages/rejects/rejects-page")).RejectsPage);
const ReviewPage = page(async () => (await import("./pages/review/review-page")).ReviewPage);
const PartPage = page(async () => (await import("./pages/part/part-page")).PartPage);
const LinePage = page(async () => (await import("./pages/line/line-page")).LinePage);
const StationPage = page(async () => (await import("./pages/station/station-page")).StationPage);
const QualityPage = page(async () => (await import("./pages/quality/quality-page")).QualityPage);
const TuningPage = page(async () => (await import("./pages/tuning/tuning-page")).TuningPage);
const TeachPage = page(async () => (await import("./pages/teach/teach-page")).TeachPage);

/** Fetches what the first page did not need. What fails is fetched again when it is shown. */
function fetchLater(): void {
  setTimeout(() => void Promise.allSettled(fetches.map((fetch) => fetch())), FETCH_REST_MS);
}

/** Fetches the language, shows the page that the address names, and then fetches the rest. */
export async function startApp(root: HTMLElement): Promise<void> {
  used.listen(window);
  const start = await startReading();
  createRoot(root).render(<StrictMode><App start={start} /></StrictMode>);
  fetchLater();
}

function App({ start }: { start: Reading }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <LanguageProvider start={start}>
        <QueryClientProvider client={client}>
          <StationLinkContext value={link}>
            <SessionProvider><Pages /></SessionProvider>
          </StationLinkContext>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  );
}

function Pages() {
  const { standing, isSilent } = useSession();
  useStartStation(link, standing.state, isSilent);
  const [, part] = useRoute("/parts/:id");
  return (
    <Shell>
      <CrashGuard>
        <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/"><LivePage /></Route>
          <Route path="/rejects"><RejectsPage /></Route>
          <Route path="/review"><ReviewPage /></Route>
          <Route path="/parts/:id"><PartPage key={part?.id} id={Number(part?.id)} /></Route>
          <Route path="/line"><LinePage /></Route>
          <Route path="/station"><StationPage /></Route>
          <Route path="/quality"><QualityPage /></Route>
          <Route path="/tuning"><TuningPage /></Route>
          <Route path="/teach"><TeachPage /></Route>
          <Route><NotFoundPage /></Route>
        </Switch>
        </Suspense>
      </CrashGuard>
    </Shell>
  );
}
