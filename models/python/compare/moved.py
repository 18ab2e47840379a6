"""What a taught model is worth when parts lie otherwise, or are lit otherwise, than those it was taught from: teaches from a
set of docs/design/models.md, then judges its test images shifted, turned and enlarged by random amounts, and lit otherwise.

    python models/python/compare/moved.py INSPECTOR DATA SET [SET …]
    python models/python/compare/moved.py [--margin | --align] INSPECTOR DATA SET [SET …]

With --margin all images get room of a sixth on every side, as their edge is, and the model looks at the region that they were: a
part that moves then leaves no picture. With --align parts are also found first, by that region of the first training image
and within the limits that `inspector align` takes where nothing is said; a part that is not found counts as rejected, with the
highest score. Training images whose part is not found are left out, and told. Needs OpenCV: the environment of models/tests/exports has it. What a shift or turn brings in
at the edge is mirrored."""

import csv
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

SEED = 3
# Name, most shift as a share of each side, most turn in degrees, most zoom as a share, factor of the light.
MOVES = [("as they are", 0, 0, 0, 1), ("shifted up to 3 %", 0.03, 0, 0, 1), ("shifted up to 8 %", 0.08, 0, 0, 1),
         ("turned up to 5°", 0, 5, 0, 1), ("all three: 3 %, 5°, 5 %", 0.03, 5, 0.05, 1), ("turned up to 15°", 0, 15, 0, 1), ("zoomed up to 5 %", 0, 0, 0.05, 1),
         ("light ×0.8", 0, 0, 0, 0.8), ("light ×1.25", 0, 0, 0, 1.25)]


def moved(image, shift, turn, zoom, light):
    height, width = image.shape[:2]
    scale = random.uniform(1 - zoom, 1 + zoom)
    image = np.clip(np.rint(image.astype(np.float32) * light), 0, 255).astype(np.uint8)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-turn, turn), scale)
    matrix[0, 2] += random.uniform(-shift, shift) * width
    matrix[1, 2] += random.uniform(-shift, shift) * height
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def read(path, has_margin):
    image = cv2.imread(str(path))
    height, width = image.shape[:2]
    room = (height // 6, height // 6, width // 6, width // 6)
    return cv2.copyMakeBorder(image, *room, cv2.BORDER_REPLICATE) if has_margin else image


def taught_within(inspector, data, train, out, is_aligned):
    """Teaches from images with a margin; aligned, from those whose part is found."""
    shown = out / "train"
    shown.mkdir()
    for index, row in enumerate(train):
        cv2.imwrite(str(shown / f"{index:03}.png"), read(data / row["path"], True))
    height, width = cv2.imread(str(data / train[0]["path"])).shape[:2]
    region = f"{width // 6},{height // 6},{width},{height}"
    options = []
    if is_aligned:
        run(inspector, "align", "teach", shown / "000.png", "--region", region, "--out", out / "place.png")
        options = ["--align", out / "place.png", "--align-region", region]
        said = run(inspector, "align", "try", shown, *options)
        for file, why in re.findall(r"^not aligned: (\S+): (.*)$", said, re.MULTILINE):
            print(f"left out of {len(train)}: {file}: {why}", file=sys.stderr)
            (shown / file).unlink()
    run(inspector, "teach", shown, "--region", region, *options, "--out", out / "bundle")


def main():
    flags = {"--margin", "--align"} & set(sys.argv)
    inspector, data, *sets = (argument for argument in sys.argv[1:] if argument not in flags)
    data = Path(data)
    manifest = data / "manifest.csv"
    rows = list(csv.DictReader(manifest.open()))
    print("| set | test images | image AUROC | recall at 1 % | good rejected | bad caught |\n|---|---|---|---|---|---|")
    for name in sets:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            if flags:
                train = [row for row in rows if row["set"] == name and row["split"] == "train"]
                taught_within(inspector, data, train, out, "--align" in flags)
            else:
                run(inspector, "teach", manifest, "--set", name, "--split", "train", "--out", out / "bundle")
            for index, (what, *move) in enumerate(MOVES):
                random.seed(f"{SEED} {name} {what}")
                listed = ["path,label"]
                for row in (row for row in rows if row["set"] == name and row["split"] == "test"):
                    file = f"{index}-{row['path'].replace('/', '_')}.png"
                    cv2.imwrite(str(out / file), moved(read(data / row["path"], flags), *move))
                    listed.append(f"{file},{row['label']}")
                (out / "list.csv").write_text("\n".join(listed) + "\n")
                said = json.loads(run(inspector, "model", "compare", out / "bundle", "--images", out / "list.csv", "--json"))
                print(f"| {name} | {what} | {said['image_auroc']['value']:.3f} | {said['recall']['value']:.3f} | "
                      f"{said['good_rejected']}/{said['good']} | {said['bad_caught']}/{said['bad']} |", flush=True)


if __name__ == "__main__":
    main()
