// The frame of the app: providers, the shell and which page an address shows.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Route, Switch, useRoute } from "wouter";
import { ApiError } from "./api/client";
import { StationLinkContext, useStartStation } from "./api/queries";
import { StationLink } from "./api/station-link";
import { LinePage } from "./pages/line/line-page";
import { LivePage } from "./pages/live/live-page";
import { PartPage } from "./pages/part/part-page";
import { QualityPage } from "./pages/quality/quality-page";
import { RejectsPage } from "./pages/rejects/rejects-page";
import { ReviewPage } from "./pages/review/review-page";
import { StationPage } from "./pages/station/station-page";
import { TeachPage } from "./pages/teach/teach-page";
import { TuningPage } from "./pages/tuning/tuning-page";
import { CrashGuard } from "./shell/crash-guard";
import { NotFoundPage } from "./shell/not-found-page";
import { Shell } from "./shell/shell";
import { LanguageProvider } from "./text/language";
import { theme } from "./theme";

const client = new QueryClient({
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

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <LanguageProvider>
        <QueryClientProvider client={client}>
          <StationLinkContext value={link}>
            <Pages />
          </StationLinkContext>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  );
}

function Pages() {
  useStartStation(link);
  const [, part] = useRoute("/parts/:id");
  return (
    <Shell>
      <CrashGuard>
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
      </CrashGuard>
    </Shell>
  );
}
