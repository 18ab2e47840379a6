// The tables of the station page.
import type { CameraStatus, QueueStatus, StageStatus, StationStatus } from "../../api/types";
import * as format from "../../format";
import { ALARM_TOLD } from "../../text/alarm-told";
import { named } from "../../text/fill";
import { told, useLanguage, useText } from "../../text/language";
import { OwnWords } from "../../shell/own-words";
import { fallenBack, numbers, queueFill, usedBy } from "./station-data";

export function LatencyTable({ stages, budgetUs }: { stages: StageStatus[]; budgetUs: number }) {
  const text = useText();
  const longest = Math.max(1, ...stages.map((stage) => stage.p999_us));
  const time = (us: number) => <td className="mono number" data-over={us > budgetUs || undefined}>{format.milliseconds(us)}</td>;
  return (
    <div className="table-frame">
      <table className="table latency">
        <thead>
          <tr>
            <th>{text.station.stage}</th><th aria-hidden="true" /><th className="number">{text.station.count}</th>
            <th className="number">p50</th><th className="number">p99</th><th className="number">p99.9</th><th className="number">{text.station.max}</th>
          </tr>
        </thead>
        <tbody>
          {stages.map((stage) => (
            <tr key={stage.name}>
              <td>{text.stage[stage.name]}</td>
              <td className="spread">
                <i style={{ left: `${(stage.p50_us / longest) * 100}%`, width: `${Math.max(0.5, ((stage.p99_us - stage.p50_us) / longest) * 100)}%` }} />
                <i className="tail" style={{ left: `${(stage.p99_us / longest) * 100}%`, width: `${((stage.p999_us - stage.p99_us) / longest) * 100}%` }} />
              </td>
              <td className="mono number">{format.whole(stage.count)}</td>
              {time(stage.p50_us)}{time(stage.p99_us)}{time(stage.p999_us)}{time(stage.max_us)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function QueueTable({ queues }: { queues: QueueStatus[] }) {
  const text = useText();
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th>{text.station.queue}</th><th>{text.station.fill}</th>
            <th className="number">{text.station.depth}</th><th className="number">{text.station.high_water}</th><th className="number">{text.station.bound}</th>
            <th className="number">{text.station.dropped}</th><th>{text.station.when_full}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue, at) => (
            <tr key={`${queue.name} ${at}`}>
              <td>{named(text.queue_name, queue.name)}</td>
              <td><QueueFill queue={queue} /></td>
              <td className="mono number">{format.whole(queue.depth)}</td>
              <td className="mono number">{format.whole(queue.high_water)}</td>
              <td className="mono number">{format.whole(queue.bound)}</td>
              <td className="mono number" data-over={queue.dropped > 0 || undefined}>{format.whole(queue.dropped)}</td>
              <td>{text.when_full[queue.when_full]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function QueueFill({ queue }: { queue: QueueStatus }) {
  const { now, most } = queueFill(queue);
  return (
    <div className="queue-fill" data-full={now >= 1 || undefined}>
      <i style={{ width: `${now * 100}%` }} />
      <b style={{ left: `${most * 100}%` }} />
    </div>
  );
}

export function CameraTable({ cameras }: { cameras: CameraStatus[] }) {
  const text = useText();
  if (cameras.length === 0) return <p className="quiet">{text.station.cameras_none}</p>;
  const count = (value: number) => <td className="mono number" data-over={value > 0 || undefined}>{format.whole(value)}</td>;
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th>{text.station.camera}</th><th>{text.station.kind}</th><th aria-hidden="true" /><th>{text.station.picture}</th>
            <th className="number">{text.station.frames}</th><th className="number">{text.station.lost}</th><th className="number">{text.station.incomplete}</th><th className="number">{text.station.reopened}</th>
          </tr>
        </thead>
        <tbody>
          {cameras.map((camera) => (
            <tr key={camera.name}>
              <td>{camera.name}</td>
              <td>{text.camera_kind[camera.kind]}</td>
              <td><span className="connection" data-connected={camera.is_connected || undefined}>{camera.is_connected ? text.station.connected : text.station.not_connected}</span><CameraTrouble camera={camera} /></td>
              <td className="mono">{camera.width} × {camera.height} {camera.pixel_format}</td>
              <td className="mono number">{format.whole(camera.frames)}</td>
              {count(camera.lost)}{count(camera.incomplete)}{count(camera.reopened)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What to do, in the reader's language, and what the camera said. */
function CameraTrouble({ camera }: { camera: CameraStatus }) {
  const { language, text } = useLanguage();
  const gone = camera.is_connected ? undefined : ALARM_TOLD.camera_gone;
  return <>{gone !== undefined && <span className="camera-trouble"><b className="to-do">{text.fault.what_to_do}</b> {told(language, gone.remedy)}</span>}<OwnWords words={camera.message} /></>;
}

export function ModelTable({ models, recipes }: Pick<StationStatus, "models" | "recipes">) {
  const text = useText();
  if (models.length === 0) return <p className="quiet">{text.station.recipes_none}</p>;
  return (
    <div className="table-frame">
      <table className="table models">
        <thead>
          <tr>
            <th>{text.detail.model}</th><th>{text.station.used_by}</th><th>{text.detail.provider}</th><th>{text.station.precision}</th><th className="number">{text.station.threads}</th>
            <th className="number">{text.station.nodes}</th><th>{text.station.fallen_back}</th><th>{text.station.chosen_by}</th><th>{text.detail.acceptance}</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={`${model.name} ${model.acceptance} ${model.threads}`}>
              <td>{model.name}</td>
              <td className="used-by">{usedBy(text, model, recipes).map((used) => <div key={used.words} className={used.isReplaced ? "quiet" : undefined}>{used.words}</div>)}</td>
              <td>{model.provider}</td>
              <td className="mono numbers">{numbers(text, model)}</td>
              <td className="mono number">{format.whole(model.threads)}</td>
              <td className="mono number">{format.whole(model.nodes)}</td>
              <td className="mono" data-over={model.nodes_fallen_back > 0 || undefined}>{fallenBack(model)}</td>
              <td>{model.is_tuned ? text.station.by_tuning : text.station.by_settings}</td>
              <td className="mono">{model.acceptance}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {models.some((model) => model.is_quantised) && <p className="quiet">{text.station.in_8_bits_hint}</p>}
    </div>
  );
}
