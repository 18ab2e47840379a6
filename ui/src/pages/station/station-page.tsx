// How the station is doing: for the integrator and whoever is called when it stops.
import "../../look-line.css";
import { ApiError } from "../../api/client";
import { useRecipes, useStation } from "../../api/queries";
import type { StationStatus } from "../../api/types";
import * as format from "../../format";
import { EarlierPanel } from "../../widgets/earlier-panel";
import { Facts, Panel } from "../../widgets/panel";
import { Failure } from "../../shell/fetched-view";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { deadlineFacts, identityFacts, storageFacts } from "./station-data";
import { AlarmHistory } from "./alarm-history";
import { AlarmList } from "./alarm-list";
import { GapList } from "./gap-list";
import { CameraTable, LatencyTable, ModelTable, QueueTable } from "./station-tables";

export function StationPage() {
  const text = useText();
  const { link, status } = useStation();
  if (status !== null) return <StationBody status={status} isGone={link === "gone"} />;
  if (link === "gone") return <div className="notice"><Failure error={new ApiError("offline", "")} /></div>;
  return <div className="waiting" role="status"><i aria-hidden="true" />{text.fetched.loading}</div>;
}

function StationBody({ status, isGone }: { status: StationStatus; isGone: boolean }) {
  const text = useText();
  return (
    <div className="page" data-stale={isGone || undefined}>
      <div className="page-head"><h1>{text.station.title}</h1></div>
      <div className="station-grid">
        <Panel title={text.station.identity}><Facts facts={identityFacts(text, status)} /></Panel>
        <Panel title={text.station.deadlines}><Facts facts={deadlineFacts(text, status)} /></Panel>
        <Panel title={text.station.storage}><Facts facts={storageFacts(text, status)} /></Panel>
        <Panel className="wide" title={text.station.alarms}><AlarmList alarms={status.alarms} /></Panel>
        <Panel className="wide" title={text.station.history} aside={text.station.history_aside}><AlarmHistory /></Panel>
        <Panel className="wide" title={text.gap.title} aside={text.gap.aside}><GapList /></Panel>
        <Panel className="wide" title={text.station.latency} aside={text.station.latency_unit}><LatencyTable stages={status.stages} budgetUs={status.budget.decide_by_ms * 1_000} /></Panel>
        <Panel className="wide" title={text.station.queues}><QueueTable queues={status.queues} /></Panel>
        <Panel className="wide" title={text.station.cameras}><CameraTable cameras={status.cameras} /></Panel>
        <Panel className="wide" title={text.station.models} aside={text.station.models_aside}><ModelTable models={status.models} recipes={status.recipes} /></Panel>
        <Panel className="wide" title={text.station.recipes}><RecipeTable status={status} /></Panel>
        <Earlier />
      </div>
    </div>
  );
}

/** One style at a time: which versions there were, and back to one of them. */
function Earlier() {
  const recipes = useRecipes();
  return recipes.state === "ready" ? <EarlierPanel className="wide" recipes={recipes.value} style={null} /> : null;
}

function RecipeTable({ status }: { status: StationStatus }) {
  const text = useText();
  if (status.recipes.length === 0) return <p className="quiet">{text.station.recipes_none}</p>;
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th>{text.part.style}</th>
            <th>{text.detail.version_label}</th>
            <th>{text.detail.model}</th>
            <th>{text.part.view}</th>
            <th>{text.station.camera}</th>
            <th className="number">{text.detail.reject_above}</th>
            <th className="number">{text.detail.accept_below}</th>
          </tr>
        </thead>
        <tbody>
          {status.recipes.flatMap((recipe) => recipe.views.map((view) => (
            <tr key={`${recipe.style}/${view.name}`}>
              <td>{recipe.style}</td>
              <td>{fill(text.detail.version, { version: recipe.version })}</td>
              <td>{recipe.model}</td>
              <td>{view.name}</td>
              <td>{view.camera}</td>
              <td className="mono number">{format.score(view.reject_above)}</td>
              <td className="mono number">{format.score(view.accept_below)}</td>
            </tr>
          )))}
        </tbody>
      </table>
    </div>
  );
}
