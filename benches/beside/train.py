"""A YOLO that has learnt something, for what random weights cannot show: whether verdicts stand in 8 bits.

    python train.py PCB OUT [--epochs 14]

PCB is a folder of DeepPCB pairs (`*_test.jpg`, `*_temp.jpg`, `*.txt`: x1 y1 x2 y2 class). Trains YOLO11n from nothing
to find their defects, all of one class, on the CPU, in the environment of models/tests/exports; every fifth pair is held
out. Leaves OUT/yolo11n.pt, OUT/held-out/*.png, OUT/held-out.csv (path,label) and OUT/shown/*.png (images that it learnt
from), and prints the best score of every image held out."""

import argparse
import csv
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "models/tests/exports"))
import make  # noqa: E402

import cv2  # noqa: E402

SHOWN, TILE = 24, 320


def boxes_of(file):
    """Corners of each defect, whatever its class."""
    return [tuple(map(int, row.split()[:4])) for row in file.read_text().split("\n") if row.strip()]


def tiles(image, boxes):
    """Quarters of an image in its own resolution, each with the defects whose middle lies in it."""
    height, width = image.shape[:2]
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            own = []
            for x1, y1, x2, y2 in boxes:
                x, y = (x1 + x2) / 2 - left, (y1 + y2) / 2 - top
                if 0 <= x < TILE and 0 <= y < TILE:
                    own.append(f"0 {x / TILE} {y / TILE} {(x2 - x1) / TILE} {(y2 - y1) / TILE}")
            yield image[top : top + TILE, left : left + TILE], own


def arranged(pcb, out):
    """Quarters to learn from, as Ultralytics reads them, and whole images: those held out, and some to show. A golden
    template has nothing to find."""
    held = []
    for folder in ("data/images", "data/labels", "held-out", "shown"):
        (out / folder).mkdir(parents=True)
    for index, file in enumerate(sorted(pcb.glob("*.txt"))):
        for kind, label in (("test", "bad"), ("temp", "good")):
            image = cv2.imread(str(pcb / f"{file.stem}_{kind}.jpg"))
            name = f"{file.stem}_{kind}"
            if index % 5 == 0:
                cv2.imwrite(str(out / "held-out" / f"{name}.png"), image)
                held.append((f"held-out/{name}.png", label))
                continue
            if len(list((out / "shown").iterdir())) < SHOWN:
                cv2.imwrite(str(out / "shown" / f"{name}.png"), image)
            for n, (tile, lines) in enumerate(tiles(image, boxes_of(file) if kind == "test" else [])):
                if kind == "test" or n == 0:
                    cv2.imwrite(str(out / "data/images" / f"{name}_{n}.png"), tile)
                    (out / "data/labels" / f"{name}_{n}.txt").write_text("\n".join(lines))
    return held


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pcb", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=14)
    args = parser.parse_args()
    make.without_downloads()
    from ultralytics import YOLO

    out = args.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    held = arranged(args.pcb, out)
    data = out / "data.yaml"
    data.write_text(f"path: {out / 'data'}\ntrain: images\nval: images\nnames:\n  0: defect\n")
    yolo = YOLO("yolo11n.yaml")
    yolo.train(data=str(data), epochs=args.epochs, imgsz=TILE, batch=8, device="cpu", workers=0, seed=make.SEED, val=False,
               project=str(out), name="run", exist_ok=True, plots=False, amp=False, close_mosaic=4, verbose=False)
    shutil.copy(out / "run/weights/last.pt", out / "yolo11n.pt")
    with open(out / "held-out.csv", "w", newline="") as file:
        csv.writer(file).writerows([("path", "label"), *held])
    best = {"good": [], "bad": []}
    yolo = YOLO(str(out / "yolo11n.pt"))
    for name, label in held:
        said = yolo.predict(str(out / name), imgsz=640, conf=0.001, verbose=False, device="cpu")[0]
        best[label].append(max((float(score) for score in said.boxes.conf), default=0.0))
    for label, scores in best.items():
        print(label, " ".join(f"{score:.2f}" for score in sorted(scores)))


if __name__ == "__main__":
    main()
