// What one view saw of a part: image, findings, times, model, configuration and frame.
import type { PartDetail, ViewResult } from "../../api/types";
import * as format from "../../format";
import { Copyable } from "../../widgets/copyable";
import { Facts, Panel } from "../../widgets/panel";
import { useState } from "react";
import { fill, named } from "../../text/fill";
import { useText } from "../../text/language";
import { findingRows, timeline } from "./part-data";
import { ReviewsPanel } from "./reviews-panel";
import type { ReviewDraft } from "./use-review-draft";
import { TimelineChart } from "./timeline-chart";
import { ZoomPicture } from "./zoom-picture";

interface ViewPanelsProps {
  part: PartDetail;
  view: ViewResult;
  budgetUs: number | null;
  draft: ReviewDraft;
}

export function ViewPanels({ part, view, budgetUs, draft }: ViewPanelsProps) {
  const text = useText();
  const [marked, setMarked] = useState<number | null>(null);
  return (
    <div className="part-grid">
      <div className="part-column">
        <ZoomPicture part={part} view={view} marked={marked} draft={draft} />
        <Panel title={text.detail.findings} aside={findingsAside(text.detail.findings_more, view)}>
          <FindingsTable view={view} onMark={setMarked} />
        </Panel>
      </div>
      <div className="part-column">
        <ReviewsPanel part={part} view={view} draft={draft} />
        <Panel title={text.detail.times}>
          <TimelineChart data={timeline(text, view, part.acted_after_us, budgetUs)} />
        </Panel>
        <ViewFacts view={view} />
      </div>
    </div>
  );
}

function findingsAside(words: string, view: ViewResult): string {
  const shown = view.findings.length;
  return shown === view.findings_total ? String(shown) : fill(words, { shown, total: view.findings_total });
}

function FindingsTable({ view, onMark }: { view: ViewResult; onMark: (index: number | null) => void }) {
  const text = useText();
  const rows = findingRows(text, view);
  if (rows.length === 0) return <p className="quiet">{text.detail.findings_none}</p>;
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th>{text.detail.class}</th>
            <th className="number">{text.part.score}</th>
            <th className="number">{text.detail.box}</th>
            <th className="number">{text.detail.area_px}</th>
            <th className="number">{text.detail.area_mm2}</th>
            <th className="number">{text.detail.size_mm}</th>
          </tr>
        </thead>
        <tbody onPointerLeave={() => onMark(null)}>
          {rows.map((row, index) => (
            <tr key={row.key} onPointerEnter={() => onMark(index)}>
              <td>{row.class}</td>
              <td className="mono number">{row.score}</td>
              <td className="mono number">{row.box}</td>
              <td className="mono number">{row.areaPx}</td>
              <td className="mono number">{row.areaMm2}</td>
              <td className="mono number">{row.sizeMm}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ViewFacts({ view }: { view: ViewResult }) {
  const text = useText();
  const hash = (value: string) => <Copyable value={value} shown={format.shortHash(value)} />;
  const { configuration, frame, model } = view;
  return (
    <>
      <Panel title={text.part.threshold}>
        <Facts facts={[
          { name: text.part.score, value: format.score(view.score) },
          { name: text.detail.reject_above, value: format.score(view.reject_above) },
          { name: text.detail.accept_below, value: format.score(view.accept_below) },
        ]} />
      </Panel>
      <Panel title={text.detail.model}>
        <Facts facts={[
          { name: text.detail.model, value: model.name },
          { name: text.detail.model_hash, value: hash(model.sha256) },
          { name: text.detail.task, value: named(text.model_task, model.task) },
          { name: text.detail.provider, value: model.provider },
          { name: text.detail.acceptance, value: model.acceptance ?? format.NO_VALUE },
        ]} />
      </Panel>
      <Panel title={text.detail.configuration}>
        {configuration === null ? <p className="quiet">{text.detail.configuration_none}</p> : (
          <Facts facts={[
            { name: text.station.camera, value: configuration.camera },
            { name: text.detail.configuration_hash, value: hash(configuration.file_sha256) },
            { name: text.detail.scale, value: configuration.mm_per_px === null ? format.NO_VALUE : fill(text.detail.scale_value, { value: configuration.mm_per_px.toFixed(4) }) },
            { name: text.detail.reprojection, value: configuration.reprojection_error_px === null ? format.NO_VALUE : `${configuration.reprojection_error_px.toFixed(3)} ${text.unit.px}` },
          ]} />
        )}
      </Panel>
      <Panel title={text.detail.frame}>
        {frame === null ? <p className="quiet">{text.detail.frame_none}</p> : (
          <Facts facts={[
            { name: text.station.camera, value: view.camera },
            ...(frame.block_id === null ? [] : [{ name: text.detail.block_id, value: frame.block_id }]),
            ...(frame.device_timestamp_ns === null ? [] : [{ name: text.detail.device_time, value: `${format.whole(frame.device_timestamp_ns)} ns` }]),
            { name: text.detail.size, value: `${frame.width} × ${frame.height}` },
            { name: text.detail.pixel_format, value: frame.pixel_format },
            { name: text.detail.image_hash, value: view.image_sha256 === null ? text.image_state[view.image] : hash(view.image_sha256) },
          ]} />
        )}
      </Panel>
    </>
  );
}
