"""Reads what compare.sh measured: criterion's medians of both sides, by round."""

import json
import statistics
import sys
from pathlib import Path

SLOWER = 1.05


def medians(folder):
    """By the bench's name."""
    found = {}
    for file in folder.rglob("new/estimates.json"):
        name = json.loads((file.parent / "benchmark.json").read_text())["full_id"]
        found[name] = json.loads(file.read_text())["median"]["point_estimate"]
    return found


def main():
    work, rounds = Path(sys.argv[1]), int(sys.argv[2])
    pairs = [(medians(work / f"base-{n}"), medians(work / f"here-{n}")) for n in range(1, rounds + 1)]
    names = [name for name in pairs[0][1] if all(name in base and name in here for base, here in pairs)]
    if not names:
        sys.exit("compare: no bench is on both sides")
    slower = 0
    print(f"{'bench':<52} {'before':>10} {'now':>10}  now / before, median of {rounds} rounds (least to most)")
    for name in sorted(names):
        ratios = sorted(here[name] / base[name] for base, here in pairs)
        middle = statistics.median(ratios)
        word = "slower" if ratios[0] > 1 and middle > SLOWER else "faster" if ratios[-1] < 1 and middle < 1 / SLOWER else ""
        slower += word == "slower"
        before, now = (statistics.median(side[name] for side in sides) / 1e3 for sides in zip(*pairs))
        print(f"{name:<52} {before:>8.1f}µs {now:>8.1f}µs  {middle:.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})  {word}")
    only = sorted(set(pairs[0][1]) ^ set(pairs[0][0]))
    if only:
        print("on one side only:", ", ".join(only))
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
