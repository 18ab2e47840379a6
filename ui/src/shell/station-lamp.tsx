// The station's state, job and alarms, on every page.
import { Link } from "wouter";
import { useStation } from "../api/queries";
import type { LinkSnapshot } from "../api/station-link";
import type { Catalogue } from "../text/en";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { WarningIcon } from "./icons";

type Lamp = "running" | "idle" | "error" | "unknown";

export interface LampData {
  lamp: Lamp;
  state: string;
  job: string;
  alarms: { line: string; severity: "none" | "warning" | "error" };
  isSimulated: boolean;
}

export function lampData(text: Catalogue, { link, status }: Pick<LinkSnapshot, "link" | "status">): LampData {
  if (status === null) {
    const state = link === "gone" ? text.error.offline : text.fetched.loading;
    return { lamp: "unknown", state, job: text.shell.no_job, alarms: { line: "", severity: "none" }, isSimulated: false };
  }
  const active = status.alarms.filter((alarm) => alarm.ended_us === null);
  const isRunning = status.state === "continuous_execution" || status.state === "single_execution";
  const isBroken = status.state === "error";
  const line =
    active.length === 0 ? text.shell.alarms_none
    : active.length === 1 ? text.shell.alarms_one
    : fill(text.shell.alarms, { count: active.length });
  return {
    lamp: link === "gone" ? "unknown" : isBroken ? "error" : isRunning ? "running" : "idle",
    state: text.state[status.state],
    job: status.job === null ? text.shell.no_job : fill(text.shell.job, { id: status.job.id }),
    alarms: {
      line,
      severity: active.length === 0 ? "none" : active.some((alarm) => alarm.severity === "error") ? "error" : "warning",
    },
    isSimulated: status.is_simulated,
  };
}

export function StationLamp() {
  const text = useText();
  const data = lampData(text, useStation());
  return (
    <div className="station-lamp">
      {data.isSimulated && <span className="simulated" title={text.shell.simulated_hint}>{text.shell.simulated}</span>}
      <Link href="/station" className="lamp" data-lamp={data.lamp} title={text.pages.station}>
        <i aria-hidden="true" />
        <span className="lamp-words">
          <b>{data.state}</b>
          <span>{data.job}</span>
        </span>
      </Link>
      <Link href="/station" className="alarms" data-severity={data.alarms.severity} hidden={data.alarms.line === ""}>
        {data.alarms.severity !== "none" && <WarningIcon />}
        {data.alarms.line}
      </Link>
    </div>
  );
}
