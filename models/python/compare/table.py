"""Teaches and compares on every set (docs/design/models.md), and prints a Markdown table.

    python models/python/compare/table.py --inspector target/release/inspector --data DATA \\
        --backbone MobileNetV2=mobilenetv2.onnx

A column of the comparison is a function that makes a bundle and says how long it took (`ours`); add to `columns` to
compare another way of teaching. Only images with `split=train` are taught from, only those with `split=test` judge.
No package is needed."""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def sets_of(manifest):
    with open(manifest, newline="") as file:
        return sorted({row["set"] for row in csv.DictReader(file)})


def ours(args, backbone, seed):
    """A column: `inspector teach` with the shipped backbone, or with another."""

    def make(name, bundle):
        more = ["--backbone", backbone] if backbone else []
        command = [args.inspector, "teach", args.manifest, "--set", name, "--split", "train", "--out", bundle, "--seed", seed, *more]
        started = time.monotonic()
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - started

    return make


def judged(args, name, bundle, threads):
    command = [args.inspector, "model", "compare", bundle, "--images", args.manifest, "--set", name, "--split", "test"]
    command += ["--threads", threads, "--json"]
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def row(args, column, make, name, folder):
    bundle = Path(folder) / f"{column}-{name}".replace("/", "-").replace(" ", "-")
    seconds = make(name, bundle)
    one, two = (judged(args, name, bundle, threads) for threads in (1, 2))
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file()) / 1e6
    shutil.rmtree(bundle)
    return {
        "set": name,
        "column": column,
        "auroc": two["image_auroc"],
        "recall": two["recall"],
        "pixels": two["pixel_auroc"],
        "rejected": f"{two['good_rejected']}/{two['good']}",
        "caught": f"{two['bad_caught']}/{two['bad']}",
        "teach_s": seconds,
        "ms": (one["median_ms"], two["median_ms"]),
        "mb": size,
    }


def printed(row):
    def figure(of):
        return f"{of['value']:.3f} ({of['low']:.3f} to {of['high']:.3f})"

    pixels = "–" if row["pixels"] is None else f"{row['pixels']:.3f}"
    return (
        f"| {row['set']} | {row['column']} | {figure(row['auroc'])} | {figure(row['recall'])} | {pixels} | "
        f"{row['rejected']} | {row['caught']} | {row['teach_s']:.0f} | {row['ms'][0]:.0f} / {row['ms'][1]:.0f} | "
        f"{row['mb']:.1f} |"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inspector", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--backbone", action="append", default=[], metavar="NAME=FILE.onnx")
    parser.add_argument("--seed", action="append", type=int, help="of teaching; each a column (default 1)")
    parser.add_argument("--set", action="append", help="only these sets")
    args = parser.parse_args()
    args.manifest = args.data / "manifest.csv"
    columns = {}
    for name, file in [("shipped", None), *(pair.split("=", 1) for pair in args.backbone)]:
        for seed in args.seed or [1]:
            columns[name if not args.seed else f"{name}, seed {seed}"] = ours(args, file, seed)
    print("| set | backbone | image AUROC | recall at 1 % | pixels | good rejected | bad caught | teach s |"
          " ms, 1 / 2 threads | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.set or sets_of(args.manifest):
            for column, make in columns.items():
                rows.append(row(args, column, make, name, folder))
                print(printed(rows[-1]), flush=True)
    for column in columns:
        for group in ("paper", ""):
            own = [row for row in rows if row["column"] == column and row["set"].startswith("paper") == (group == "paper")]
            if own:
                mean = {key: sum(row[key]["value"] for row in own) / len(own) for key in ("auroc", "recall")}
                what = "mean of paper" if group else "mean of " + " and ".join(row["set"] for row in own)
                print(f"| {what} | {column} | {mean['auroc']:.3f} | {mean['recall']:.3f} | | | | | | |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
