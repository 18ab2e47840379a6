"""Reads folders written by `inspector render --shrink 4`."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from net import CLASSES

# A map cell is positive from this share of defect on; with less it is neither.
POSITIVE_SHARE = 0.08


@dataclass
class Pictures:
    """images: n × 240 × 320 × 3 bytes; share: n × 120 × 160, defect in each map cell, 0 to 1;
    defect: n, index into CLASSES or -1."""

    images: np.ndarray
    share: np.ndarray
    defect: np.ndarray
    style: list[str]
    view: list[int]

    def __len__(self) -> int:
        return len(self.images)


def read(folders: list[Path]) -> Pictures:
    images, share, defect, style, view = [], [], [], [], []
    for folder in folders:
        with open(folder / "truth.csv", newline="") as file:
            for row in csv.DictReader(file):
                images.append(np.asarray(Image.open(folder / row["image"])))
                mask = np.asarray(Image.open(folder / row["mask"]), dtype=np.float32) / 255
                height, width = mask.shape
                share.append(mask.reshape(height // 2, 2, width // 2, 2).mean((1, 3)).astype(np.float16))
                defect.append(CLASSES.index(row["defect"]) if row["defect"] else -1)
                style.append(row["style"])
                view.append(int(row["view"]))
    return Pictures(np.stack(images), np.stack(share), np.array(defect), style, view)
