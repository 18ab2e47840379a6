"""Writes the bundle: model.onnx, checked against torch, and model.toml.

    python export.py --weights weights.pt --out ../../assets/demo --trained-on TEXT --created YYYY-MM-DD
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from net import CLASSES, INPUT_HEIGHT, INPUT_WIDTH, Net, Scores

OPSET = 17


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--trained-on", required=True)
    parser.add_argument("--created", required=True)
    args = parser.parse_args()
    net = Net()
    net.load_state_dict(torch.load(args.weights))
    model = Scores(net).eval()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "model.onnx"
    image = torch.rand(1, 3, INPUT_HEIGHT, INPUT_WIDTH)
    torch.onnx.export(
        model, (image,), path, input_names=["image"], output_names=["scores"],
        opset_version=OPSET, dynamo=False,
    )
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(["scores"], {"image": image.numpy()})
    with torch.no_grad():
        apart = np.abs(found - model(image).numpy()).max()
    if apart > 1e-4:
        raise SystemExit(f"ONNX and torch differ by {apart}, expected at most 1e-4")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    (args.out / "model.toml").write_text(manifest(sha256, args.trained_on, args.created))
    print(f"{path}: {path.stat().st_size} bytes, output {found.shape}, differs from torch by {apart:.1e}")


def manifest(sha256: str, trained_on: str, created: str) -> str:
    return f"""name = "demo-parts"
task = "segment"
sha256 = "{sha256}"

[input]
name = "image"
width = {INPUT_WIDTH}
height = {INPUT_HEIGHT}
channels = "RGB"
layout = "NCHW"
dtype = "f32"
# A value is (pixel / scale - mean) / std.
scale = 255.0
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]

[output]
name = "scores"
kind = "score-map"
activation = "none"
classes = {json.dumps(CLASSES)}

[provenance]
made_by = "models/python/train (net.py, train.py, export.py), torch {torch.__version__}"
trained_on = {json.dumps(trained_on)}
licence = "MIT OR Apache-2.0"
created = "{created}"
"""


if __name__ == "__main__":
    main()
