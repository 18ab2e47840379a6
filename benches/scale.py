"""How a station grows: cameras, styles and results in the log. Draws docs/design/scale.svg of what these wrote, on one machine:

    inspector bench models/assets/demo --plan benches/scale.toml --out scale.json
    cargo bench --bench growth -- FOLDER > growth.csv
    python benches/scale.py scale.json growth.csv docs/design/scale.svg

Needs matplotlib (it is in the environment of models/tests/exports). Also prints the figures as tables."""

import csv
import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

plt.rcParams |= {"svg.hashsalt": "inspector", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def cases(report, scenario):
    for result in report["results"]:
        if result["case"]["scenario"] == scenario:
            yield result["case"]["width"], result["outcome"]["measured"]


def line(axes, points, label, **style):
    axes.plot(*zip(*points), marker="o", markersize=3, label=label, **style)


def main():
    scale, growth, out = sys.argv[1:]
    report = json.load(open(scale))
    figure, grid = plt.subplots(2, 3, figsize=(10, 5.6), constrained_layout=True)

    cameras = list(cases(report, "end-to-end"))
    axes = grid[0][0]
    line(axes, [(n, f["latency"]["p50"]["value_us"] / 1e3) for n, f in cameras], "median")
    line(axes, [(n, f["latency"]["max_us"] / 1e3) for n, f in cameras], "slowest", linestyle="--")
    axes.set(title="cameras per part, one inspecting thread", xlabel="cameras", ylabel="trigger to verdict, ms", ylim=0)
    axes.legend(frameon=False)
    axes = grid[0][1]
    line(axes, [(n, f["usage"]["memory_max_bytes"] / 1e6) for n, f in cameras], "cameras")
    mixed = list(cases(report, "mixed"))
    line(axes, [(n, f["usage"]["memory_max_bytes"] / 1e6) for n, f in mixed], "styles", linestyle="--")
    axes.set(title="memory", xlabel="cameras, styles", ylabel="MB", ylim=0)
    axes.legend(frameon=False)
    axes = grid[0][2]
    line(axes, [(n, f["latency"]["p50"]["value_us"] / 1e3) for n, f in mixed], "median, another style each time")
    line(axes, [(n, f["mixed"]["single"]["p50"]["value_us"] / 1e3) for n, f in mixed], "median, one style", linestyle=":")
    line(axes, [(n, f["mixed"]["load_s"] * 10) for n, f in mixed], "loading all, 0.1 s", linestyle="--")
    # Room for the legend above all lines.
    most = max(max(f["latency"]["p50"]["value_us"] / 1e3, f["mixed"]["load_s"] * 10) for _, f in mixed)
    axes.set(title="styles, each with its own model", xlabel="styles", ylabel="ms; 0.1 s", ylim=(0, most * 1.5))
    axes.legend(frameon=False, loc="upper left")

    rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(open(growth))]

    def grown(axes, keys, title, unit):
        for (key, label), style in zip(keys.items(), ["-", "--", ":", "-."]):
            line(axes, [(row["results"], row[key]) for row in rows], label, linestyle=style)
        axes.set(title=title, xlabel="results in the log", ylabel=unit, xscale="log", ylim=0)
        axes.legend(frameon=False)

    grown(grid[1][0], {"newest_rejects_ms": "newest rejects", "old_hour_ms": "an old hour", "part_id_ms": "a part ID"},
          "what the Rejects page asks", "ms")
    grown(grid[1][1], {"batch_of_1_ms": "1 result", "batch_of_500_ms": "500 results"}, "making results durable", "ms")
    grown(grid[1][2], {"start_ms": "opening the log", "memory_mb": "memory, MB", "histogram_ms": "histogram of scores"},
          "starting, tuning", "ms; MB")
    figure.savefig(out, metadata={"Date": None})

    print("| cameras | p50 ms | p90 ms | slowest ms | output late, slowest ms | memory MB |\n|---|---|---|---|---|---|")
    for n, f in cameras:
        latency = f["latency"]
        print(f"| {n} | {latency['p50']['value_us'] / 1e3:.1f} | {latency['p90']['value_us'] / 1e3:.1f} | "
              f"{latency['max_us'] / 1e3:.1f} | {f['end_to_end']['output_late']['max_us'] / 1e3:.2f} | "
              f"{f['usage']['memory_max_bytes'] / 1e6:.0f} |")
    print("\n| styles | p50 ms, mixed | p50 ms, one style | ratio (95 %) | loading s | memory MB |\n|---|---|---|---|---|---|")
    for n, f in mixed:
        m = f["mixed"]
        print(f"| {n} | {f['latency']['p50']['value_us'] / 1e3:.2f} | {m['single']['p50']['value_us'] / 1e3:.2f} | "
              f"{m['ratio']:.3f} ({m['ratio_interval'][0]:.3f} to {m['ratio_interval'][1]:.3f}) | {m['load_s']:.2f} | "
              f"{f['usage']['memory_max_bytes'] / 1e6:.0f} |")
    print("\n| " + " | ".join(key.removesuffix("_ms").replace("_", " ") for key in rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(f"{value:,.0f}" if value >= 100 else f"{value:.2f}" for value in row.values()) + " |")


if __name__ == "__main__":
    main()
