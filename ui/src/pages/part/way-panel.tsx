// Where a part went: told, answered, seen; with times and reasons.
import type { PartDetail } from "../../api/types";
import { waySteps } from "../../widgets/lane";
import { useText } from "../../text/language";
import { Panel } from "../../widgets/panel";

export function WayPanel({ part }: { part: PartDetail }) {
  const text = useText();
  const steps = waySteps(text, part);
  if (steps.length === 0) return null;
  return (
    <Panel title={text.lane.way}>
      <ol className="way">
        {steps.map((step) => (
          <li key={step.key} data-tone={step.tone}>
            <span className="label">{step.name}{step.after !== "" && <span className="mono"> · {step.after}</span>}</span>
            <strong>{step.what}</strong>
            {step.why !== "" && <span className="quiet">{step.why}</span>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
