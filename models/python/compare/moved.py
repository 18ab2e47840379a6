"""What a taught model is worth when parts lie otherwise than those it was taught from: teaches from a set of
docs/design/models.md, then judges its test images shifted and turned by random amounts.

    python models/python/compare/moved.py INSPECTOR DATA SET [SET …]

Needs OpenCV: the environment of models/tests/exports has it. What a shift or turn brings in at the edge is mirrored."""

import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

SEED = 3
# Name, most shift as a share of each side, most turn in degrees.
MOVES = [("as they are", 0, 0), ("shifted up to 3 %", 0.03, 0), ("shifted up to 8 %", 0.08, 0), ("turned up to 5°", 0, 5),
         ("turned up to 15°", 0, 15)]


def moved(image, shift, turn):
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-turn, turn), 1.0)
    matrix[0, 2] += random.uniform(-shift, shift) * width
    matrix[1, 2] += random.uniform(-shift, shift) * height
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def main():
    inspector, data, *sets = sys.argv[1:]
    random.seed(SEED)
    manifest = Path(data) / "manifest.csv"
    rows = list(csv.DictReader(manifest.open()))
    print("| set | test images | image AUROC | recall at 1 % | good rejected | bad caught |\n|---|---|---|---|---|---|")
    for name in sets:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            run(inspector, "teach", manifest, "--set", name, "--split", "train", "--out", out / "bundle")
            for index, (what, shift, turn) in enumerate(MOVES):
                listed = ["path,label"]
                for row in (row for row in rows if row["set"] == name and row["split"] == "test"):
                    image = cv2.imread(str(Path(data) / row["path"]))
                    file = f"{index}-{row['path'].replace('/', '_')}.png"
                    cv2.imwrite(str(out / file), moved(image, shift, turn))
                    listed.append(f"{file},{row['label']}")
                (out / "list.csv").write_text("\n".join(listed) + "\n")
                said = json.loads(run(inspector, "model", "compare", out / "bundle", "--images", out / "list.csv", "--json"))
                print(f"| {name} | {what} | {said['image_auroc']['value']:.3f} | {said['recall']['value']:.3f} | "
                      f"{said['good_rejected']}/{said['good']} | {said['bad_caught']}/{said['bad']} |", flush=True)


if __name__ == "__main__":
    main()
