"""A YOLO that has learnt something, for what random weights cannot show: whether verdicts stand in 8 bits.

    python train.py PCB OUT [--epochs 40] [--side 320]

PCB is a folder of DeepPCB pairs (`*_test.jpg`, `*_temp.jpg`, `*.txt`: x1 y1 x2 y2 class). Trains YOLO11n from nothing,
on the CPU, in the environment of models/tests/exports; every fifth pair is held out. Leaves OUT/yolo11n.pt,
OUT/held-out/*.png, OUT/shown/*.png (images that it learnt from, for ranges) and OUT/held-out.csv (path,label)."""

import argparse
import csv
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "models/tests/exports"))
import make  # noqa: E402

import cv2  # noqa: E402

NAMES = ["open", "short", "mousebite", "spur", "copper", "pin-hole"]
SHOWN = 24


def arranged(pcb, out):
    """The pairs as Ultralytics reads them; a golden template is an image with nothing to find."""
    held = []
    for index, boxes in enumerate(sorted(pcb.glob("*.txt"))):
        part = "val" if index % 5 == 0 else "train"
        for kind in ("test", "temp"):
            image = cv2.imread(str(pcb / f"{boxes.stem}_{kind}.jpg"))
            height, width = image.shape[:2]
            name = f"{boxes.stem}_{kind}"
            for folder in ("images", "labels"):
                (out / folder / part).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(out / "images" / part / f"{name}.png"), image)
            lines = []
            for row in boxes.read_text().split("\n") if kind == "test" else []:
                if not row.strip():
                    continue
                x1, y1, x2, y2, found = map(int, row.split())
                lines.append(f"{found - 1} {(x1 + x2) / 2 / width} {(y1 + y2) / 2 / height} "
                             f"{(x2 - x1) / width} {(y2 - y1) / height}")
            (out / "labels" / part / f"{name}.txt").write_text("\n".join(lines))
            if part == "val":
                held.append((f"{name}.png", "bad" if kind == "test" else "good"))
    return held


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pcb", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--side", type=int, default=320)
    args = parser.parse_args()
    make.without_downloads()
    from ultralytics import YOLO

    out = args.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    held = arranged(args.pcb, out / "data")
    names = "\n".join(f"  {index}: {name}" for index, name in enumerate(NAMES))
    data = out / "data.yaml"
    data.write_text(f"path: {out / 'data'}\ntrain: images/train\nval: images/val\nnames:\n{names}\n")
    yolo = YOLO("yolo11n.yaml")
    yolo.train(data=str(data), epochs=args.epochs, imgsz=args.side, batch=4, device="cpu", workers=0, seed=make.SEED,
               project=str(out), name="run", exist_ok=True, plots=False, amp=False, close_mosaic=10, verbose=False)
    weights = out / "run/weights/last.pt"
    print(YOLO(str(weights)).val(data=str(data), imgsz=640, device="cpu", workers=0, plots=False, verbose=False).box.map50)
    shutil.copy(weights, out / "yolo11n.pt")
    shutil.copytree(out / "data/images/val", out / "held-out")
    (out / "shown").mkdir()
    for image in sorted((out / "data/images/train").glob("*.png"))[:SHOWN]:
        shutil.copy(image, out / "shown" / image.name)
    with open(out / "held-out.csv", "w", newline="") as file:
        csv.writer(file).writerows([("path", "label"), *((f"held-out/{name}", label) for name, label in held)])


if __name__ == "__main__":
    main()
