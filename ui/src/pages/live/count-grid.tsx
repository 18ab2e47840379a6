// A few numbers side by side under one title.
import type { CountCell } from "./live-data";

export function CountGrid({ title, cells, badge }: { title: string; cells: CountCell[]; badge?: string }) {
  return (
    <section className="counts">
      <h2 className="label">{badge !== undefined && <span className="simulated">{badge}</span>}{title}</h2>
      <dl>
        {cells.map((cell) => (
          <div key={cell.name} data-tone={cell.tone}>
            <dt>{cell.name}</dt>
            <dd>{cell.value}{cell.unit !== undefined && <small>{cell.unit}</small>}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
