// The thresholds of one view being moved: histogram, what would change, and the form to apply.
import { Button, NumberInput, Switch } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { type Thresholds, useHistogram, useWouldChange } from "../../api/queries";
import type { RecipeVersion } from "../../api/types";
import * as format from "../../format";
import { Panel } from "../../widgets/panel";
import { FetchedView } from "../../shell/fetched-view";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { ApplyForm } from "./apply-form";
import { ChangedParts } from "./changed-parts";
import { HistogramChart } from "./histogram-chart";
import { JudgedPanel } from "./judged-panel";
import { isSame, moved, THRESHOLD_STEP } from "./tuning-data";

const ASK_AFTER_MS = 200;

interface ThresholdPanelProps {
  style: string;
  version: RecipeVersion;
  view: number;
}

export function ThresholdPanel({ style, version, view }: ThresholdPanelProps) {
  const text = useText();
  const now = version.views[view] ?? { reject_above: 1, accept_below: 1 };
  const current: Thresholds = { reject_above: now.reject_above, accept_below: now.accept_below };
  const [draft, setDraft] = useState<Thresholds | null>(null);
  const [isBand, setBand] = useState(current.accept_below < current.reject_above);
  const [isLog, setLog] = useState(true);
  const limits = draft ?? current;
  const [asked] = useDebouncedValue(limits, ASK_AFTER_MS);
  const isMoved = !isSame(limits, current);
  const histogram = useHistogram(style, view);
  const change = useWouldChange(style, view, asked, !isSame(asked, current));
  const move = (which: keyof Thresholds, to: number) => setDraft(moved(limits, which, to, isBand));
  return (
    <div className="tuning-grid">
      <Panel className="tuning-chart" title={text.tuning.histogram} aside={<Switch className="tall" size="md" label={text.tuning.log} checked={isLog} onChange={(event) => setLog(event.currentTarget.checked)} />}>
        <FetchedView fetched={histogram}>
          {(value) => <HistogramChart histogram={value} limits={limits} current={current} isLog={isLog} isBand={isBand} onMove={move} />}
        </FetchedView>
        <div className="threshold-inputs">
          <ThresholdInput label={text.tuning.reject_above} value={limits.reject_above} onChange={(value) => move("reject_above", value)} />
          {isBand && <ThresholdInput label={text.tuning.accept_below} value={limits.accept_below} onChange={(value) => move("accept_below", value)} />}
          <Switch
            className="tall" size="md" label={text.tuning.band} checked={isBand}
            onChange={(event) => {
              setBand(event.currentTarget.checked);
              if (!event.currentTarget.checked) setDraft(moved(limits, "reject_above", limits.reject_above, false));
            }}
          />
          <Button className="push" variant="default" disabled={!isMoved} onClick={() => setDraft(null)}>
            {fill(text.tuning.reset, { version: version.version })}
          </Button>
        </div>
        <p className="quiet">{text.tuning.handle_hint}</p>
      </Panel>
      <JudgedPanel style={style} view={view} limits={limits} />
      <Panel className="tuning-change" title={text.tuning.would_change}>
        {isMoved ? <ChangedParts change={change} /> : <p className="quiet">{text.tuning.unchanged}</p>}
      </Panel>
      <Panel className="tuning-apply" title={fill(text.tuning.apply, { version: version.version + 1 })} aside={`${format.score(current.reject_above)} → ${format.score(limits.reject_above)}`}>
        <ApplyForm style={style} basedOn={version.version} view={view} limits={limits} isMoved={isMoved} onApplied={() => setDraft(null)} />
      </Panel>
    </div>
  );
}

function ThresholdInput({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <NumberInput
      className="threshold-input" label={label} value={value} min={0} max={1} step={THRESHOLD_STEP * 10} decimalScale={3} fixedDecimalScale
      onChange={(next) => {
        if (typeof next === "number") onChange(next);
      }}
    />
  );
}
