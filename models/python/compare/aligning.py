"""How well parts are found by a taught feature: moves every test image of a set by a known amount, lit otherwise, and holds what
`inspector align try` says of it against what it says of the image as it is. Pictures of other sets show what is taken for
the part and is none.

    python models/python/compare/aligning.py INSPECTOR DATA SET [SET …]

The feature is the middle 80 % of each side of the first training image; limits are a tenth of the longer side, 15° and 12 %. What
is off is that of the feature's worst corner, in pixels of the image. Needs OpenCV: the environment of models/tests/exports has
it."""

import csv
import math
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

SEED = 5
OTHERS = 12
LINE = re.compile(r"^ *([\d.]+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)   (\S+)$", re.MULTILINE)


def pose(found, middle):
    """Matrix of what a line of `align try` says."""
    _, right, down, turn, zoom, *_ = found
    cos, sin = zoom * math.cos(math.radians(turn)), zoom * math.sin(math.radians(turn))
    x, y = middle
    return np.array([[cos, -sin, x + right - cos * x + sin * y], [sin, cos, y + down - sin * x - cos * y], [0, 0, 1]])


def move(width, height):
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-5, 5), random.uniform(0.95, 1.05))
    matrix[0, 2] += random.uniform(-0.03, 0.03) * width
    matrix[1, 2] += random.uniform(-0.03, 0.03) * height
    return matrix


def tried(inspector, reference, region, folder, longer):
    limits = ["--shift-px-max", round(longer / 10), "--turn-deg-max", 15, "--zoom-max", 0.12]
    command = [inspector, "align", "try", folder, "--align", reference, "--align-region", region, *limits]
    said = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return {found[-1]: [float(number) for number in found[:-1]] for found in LINE.findall(said)}


def judge(inspector, data, rows, name):
    of = [row for row in rows if row["set"] == name]
    first = cv2.imread(str(data / next(row for row in of if row["split"] == "train")["path"]), cv2.IMREAD_GRAYSCALE)
    height, width = first.shape
    left, top, wide, high = (int(side) for side in (width * 0.1, height * 0.1, width * 0.8, height * 0.8))
    corners = np.array([[left, top, 1], [left + wide, top, 1], [left, top + high, 1], [left + wide, top + high, 1]]).T
    middle = (left + wide / 2, top + high / 2)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        cv2.imwrite(str(out / "reference.png"), first)
        for kind in ("as-is", "moved", "other"):
            (out / kind).mkdir()
        truth = {}
        for index, row in enumerate(row for row in of if row["split"] == "test"):
            image = cv2.imread(str(data / row["path"]), cv2.IMREAD_GRAYSCALE)
            lit = np.clip(image * random.uniform(0.8, 1.25), 0, 255).astype(np.uint8)
            matrix = move(width, height)
            file = f"{index:03}.png"
            cv2.imwrite(str(out / "as-is" / file), image)
            cv2.imwrite(str(out / "moved" / file), cv2.warpAffine(lit, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101))
            truth[file] = (np.vstack([matrix, [0, 0, 1]]), row["label"])
        others = [row for row in rows if row["set"] != name and row["split"] == "test"]
        for index, row in enumerate(random.sample(others, OTHERS * 3)):
            image = cv2.imread(str(data / row["path"]), cv2.IMREAD_GRAYSCALE)
            cv2.imwrite(str(out / "other" / f"{index:03}.png"), cv2.resize(image, (width, height)))
        region = f"{left},{top},{wide},{high}"
        still, moved, other = (tried(inspector, out / "reference.png", region, out / kind, max(width, height)) for kind in ("as-is", "moved", "other"))
        for label in ("good", "bad"):
            files = [file for file, (_, of_file) in truth.items() if of_file == label]
            both = [file for file in files if file in still and file in moved]
            off = []
            for file in both:
                wrong = truth[file][0] @ pose(still[file], middle) @ corners - pose(moved[file], middle) @ corners
                off.append(np.hypot(wrong[0], wrong[1]).max())
            told = f"{np.median(off):.1f} / {np.quantile(off, 0.9):.1f} / {max(off):.1f}" if off else "–"
            least = f"{min(moved[file][5] for file in both):.2f}" if both else "–"
            print(f"| {name} | {label} | {len(both)} of {len(files)} | {told} | {least} |", flush=True)
        print(f"| {name} | others' pictures | {len(other)} of {OTHERS * 3} | | |", flush=True)


def main():
    inspector, data, *sets = sys.argv[1:]
    random.seed(SEED)
    rows = list(csv.DictReader((Path(data) / "manifest.csv").open()))
    print("| set | test images | found in both | off by px: median / 90 % / worst | least likeness |\n|---|---|---|---|---|")
    for name in sets:
        judge(inspector, Path(data), rows, name)


if __name__ == "__main__":
    main()
