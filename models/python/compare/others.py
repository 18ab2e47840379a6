"""What others make of the same good images: Anomalib's PatchCore and a plain memory bank, both on the features of
MobileNetV2 (docs/design/models.md; strides 8 and 16), the shorter side of images 256 pixels.

    python others.py DATA BACKBONE.onnx OUT.jsonl [SET …]

Runs in the environment of models/tests/exports (anomalib, torch). One line of JSON a method and set: image AUROC,
recall at 1 % false rejects, seconds to teach, milliseconds per image from the resized tensor to the score on 1 and 2
threads, size of what is remembered with the backbone. AUROC and recall are those of models/accept/quality.rs."""

import csv
import ctypes
import json
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import cv2
import numpy as np
import onnxruntime
import torch
from anomalib.models.image.patchcore.torch_model import PatchcoreModel
from PIL import Image

# Large tensors get pages of their own and give them back. Otherwise each index that Anomalib's choice of a coreset
# keeps pins a hole of megabytes in glibc's heap: 20 GB before it ends.
M_MMAP_THRESHOLD = -3
ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 256 * 1024)

SIDE, LEVELS, BANK, SEED = 256, ["s8", "s16"], 2000, 1


class Features(torch.nn.Module):
    """The backbone, as Anomalib asks for it: images in, a map per level out."""

    def __init__(self, file, threads):
        super().__init__()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def forward(self, images):
        found = self.session.run(LEVELS, {"image": images.numpy()})
        return {level: torch.from_numpy(map) for level, map in zip(LEVELS, found)}


class Plain:
    """A memory bank of patch features: 3×3 means, greedy k-centre, nearest neighbour, largest of the blurred map."""

    def __init__(self, file):
        self.file = file
        self.use(2)

    def use(self, threads):
        self.features = Features(self.file, threads)

    def patches(self, image):
        maps = [torch.nn.functional.avg_pool2d(m, 3, 1, 1) for m in self.features(image).values()]
        size = maps[0].shape[-2:]
        joined = torch.cat([torch.nn.functional.interpolate(m, size, mode="bilinear") for m in maps], 1)
        return joined[0].flatten(1).T, size

    def teach(self, images):
        rows = torch.cat([self.patches(image)[0] for image in images])
        generator = torch.Generator().manual_seed(SEED)
        rows = rows[torch.randperm(len(rows), generator=generator)[:20000]]
        projected = rows @ torch.randn(rows.shape[1], 64, generator=generator)
        chosen, nearest = [0], torch.full((len(rows),), torch.inf)
        while len(chosen) < min(BANK, len(rows)):
            nearest = torch.minimum(nearest, (projected - projected[chosen[-1]]).square().sum(1))
            chosen.append(int(nearest.argmax()))
        self.bank = rows[chosen]

    def score(self, image):
        rows, size = self.patches(image)
        map = torch.cdist(rows, self.bank).amin(1).reshape(size).numpy()
        return float(cv2.GaussianBlur(map, (0, 0), 1).max())

    def bytes(self):
        return self.bank.numel() * 4


class Anomalib:
    """anomalib.models.image.patchcore with its defaults: a tenth of the patches, nine neighbours."""

    def __init__(self, file):
        self.file = file
        # A backbone that needs no download; it is put aside for ours.
        self.model = PatchcoreModel(layers=["layer2"], backbone="resnet18", pre_trained=False)
        self.model.layers = LEVELS
        self.use(2)

    def use(self, threads):
        self.model.feature_extractor = Features(self.file, threads)

    def teach(self, images):
        self.model.train()
        for image in images:
            self.model(image)
        self.model.subsample_embedding(0.1)
        self.model.eval()

    def score(self, image):
        with torch.no_grad():
            return float(self.model(image).pred_score)

    def bytes(self):
        return self.model.memory_bank.numel() * 4


def tensor(path):
    image = Image.open(path).convert("RGB")
    factor = SIDE / min(image.size)
    size = [max(32, round(side * factor / 16) * 16) for side in image.size]
    pixels = np.asarray(image.resize(size, Image.BILINEAR), np.float32) / 255
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def auroc(good, bad):
    good, bad = np.array(good)[:, None], np.array(bad)[None]
    return float(((bad > good) + 0.5 * (bad == good)).mean())


def recall(good, bad, share=0.01):
    threshold = sorted(good, reverse=True)[int(share * len(good))]
    return float(np.mean(np.array(bad) > threshold))


def milliseconds(method, images, threads):
    torch.set_num_threads(threads)
    method.use(threads)
    times = []
    for image in images[:12]:
        started = time.perf_counter()
        method.score(image)
        times.append((time.perf_counter() - started) * 1e3)
    return float(np.median(times[2:]))


def main():
    data, backbone, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    sets = {}
    for row in csv.DictReader((data / "manifest.csv").open()):
        sets.setdefault(row["set"], []).append(row)
    with out.open("w") as lines:
        for name in sys.argv[4:] or sets:
            load = lambda label, split: [tensor(data / row["path"]) for row in sets[name] if (row["label"], row["split"]) == (label, split)]
            train, good, bad = load("good", "train"), load("good", "test"), load("bad", "test")
            for title, kind in {"anomalib": Anomalib, "plain": Plain}.items():
                torch.manual_seed(SEED)
                torch.set_num_threads(2)
                method = kind(backbone)
                started = time.perf_counter()
                method.teach(train)
                seconds = time.perf_counter() - started
                scores = [[method.score(image) for image in images] for images in (good, bad)]
                found = {
                    "method": title, "set": name, "auroc": auroc(*scores), "recall": recall(*scores),
                    "teach_seconds": seconds, "ms_1": milliseconds(method, bad, 1), "ms_2": milliseconds(method, bad, 2),
                    "megabytes": (method.bytes() + Path(backbone).stat().st_size) / 1e6,
                }
                lines.write(json.dumps(found) + "\n")
                lines.flush()
                print({key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}, flush=True)


if __name__ == "__main__":
    main()
