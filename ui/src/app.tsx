// The frame of the app: providers, the shell and which page an address shows.
import { MantineProvider } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense } from "react";
import { Route, Switch, useRoute } from "wouter";
import { ApiError } from "./api/client";
import { StationLinkContext, useStartStation } from "./api/queries";
import { SESSION_KEY, useSession } from "./api/session";
import { StationLink } from "./api/station-link";
import { LinePage, LivePage, PartPage, QualityPage, RejectsPage, ReviewPage, StationPage, TeachPage, TuningPage } from "./pages/lazy";
import { CrashGuard } from "./shell/crash-guard";
import { NotFoundPage } from "./shell/not-found-page";
import { SessionProvider } from "./shell/session-provider";
import { Shell } from "./shell/shell";
import { Loading } from "./shell/fetched-view";
import { LanguageProvider, type Reading } from "./text/language";
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

export function App({ start }: { start: Reading }) {
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
