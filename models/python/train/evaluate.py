"""Runs the bundle's ONNX file over held-out pictures and says how well it inspects.

    python evaluate.py --model ../../assets/demo/model.onnx --data DIR [--split test] [--limit 0.5]

A part is rejected when the map's largest value, of any class, reaches the limit.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime

from net import CLASSES
from pictures import Pictures, read
from train import auroc


def run(model: Path, pictures: Pictures) -> tuple[np.ndarray, float]:
    """n × 4: the largest score by class; and the median milliseconds of a run on one core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    out, spent = [], []
    for image in pictures.images:
        tensor = (image.astype(np.float32) / 255).transpose(2, 0, 1)[None].copy()
        begun = time.perf_counter()
        (scores,) = session.run(["scores"], {"image": tensor})
        spent.append(time.perf_counter() - begun)
        out.append(scores[0].reshape(len(CLASSES), -1).max(1))
    return np.stack(out), float(np.median(spent)) * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--limit", type=float, help="else the one for 0.5 % false rejects")
    args = parser.parse_args()
    pictures = read(sorted(args.data.glob(f"{args.split}-*")))
    by_class, milliseconds = run(args.model, pictures)
    score, is_bad = by_class.max(1), pictures.defect >= 0
    limit = args.limit or float(np.quantile(score[~is_bad], 0.995))
    print(f"{len(score)} pictures of {args.split}, {int(is_bad.sum())} defective; {milliseconds:.1f} ms a run")
    print(f"AUROC {auroc(score, is_bad):.4f}; limit {limit:.3f}")
    for level in sorted({0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, round(limit, 3)}):
        caught, false = (score[is_bad] >= level).mean(), (score[~is_bad] >= level).mean()
        print(f"  limit {level:.3f}: caught {caught:.4f}, false rejects {false:.4f}")
    rows: dict[str, list[int]] = defaultdict(list)
    for index, defect in enumerate(pictures.defect):
        place = f"{pictures.style[index]}, view {pictures.view[index]}"
        kind = CLASSES[defect] if defect >= 0 else "good"
        rows[f"{place}: {kind}"].append(index)
        if defect >= 0:
            rows[f"every style: {kind}"].append(index)
        rows[f"{place}: AUROC"].append(index)
    for name, picked in sorted(rows.items()):
        part = score[picked]
        if name.endswith("AUROC"):
            print(f"{name} {auroc(part, is_bad[picked]):.4f}")
        else:
            print(f"{name}: {len(picked)}, rejected {(part >= limit).mean():.3f}, lowest {part.min():.3f}, highest {part.max():.3f}")
    named = by_class[is_bad].argmax(1) == pictures.defect[is_bad]
    print(f"right name for {named[score[is_bad] >= limit].mean():.3f} of what is caught")


if __name__ == "__main__":
    main()
