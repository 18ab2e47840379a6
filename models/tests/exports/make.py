"""Makes models with the tools that people train with, exports them as ONNX, and writes down what each tool itself
says of some images. `tests/station/exports.rs` imports them and compares.

    python make.py OUT [NAME …]

Each model gets a folder OUT/NAME with model.onnx, images/*.png and answers.json (see docs/import.md)."""

import json
import os
import shutil
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ |= {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "HF_HUB_OFFLINE": "1"}
warnings.filterwarnings("ignore")

import cv2
import numpy as np
import torch

SEED = 7


def picture(width, height, seed):
    """A part on a belt: shapes, a gradient and grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.stack([90 + 60 * x / width, 80 + 50 * y / height, 100 + 0 * x], 2)
    for _ in range(8):
        colour = tuple(int(v) for v in rng.integers(0, 255, 3))
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        image = cv2.circle(image, centre, int(rng.integers(4, max(5, height // 5))), colour, -1, cv2.LINE_AA)
        ends = rng.integers(0, min(width, height), (2, 2))
        image = cv2.line(image, tuple(map(int, ends[0])), tuple(map(int, ends[1])), colour, 2, cv2.LINE_AA)
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


class Case:
    """One model: RGB pictures, and answers to them."""

    def __init__(self, out, name, sizes):
        self.folder = out / name
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "images").mkdir(parents=True)
        self.pictures = {}
        for index, (width, height) in enumerate(sizes):
            rgb = picture(width, height, SEED + index)
            self.pictures[f"{index}.png"] = rgb
            cv2.imwrite(str(self.folder / "images" / f"{index}.png"), rgb[:, :, ::-1])

    def finish(self, made_by, answers, score_min=0.0):
        told = {"made_by": made_by, "score_min": score_min, "images": answers}
        (self.folder / "answers.json").write_text(json.dumps(told))


def numbers(values):
    return [float(value) for value in values]


# --- Ultralytics


def liven(net, side, head, pictures):
    """Random weights answer every image alike. Statistics of some pictures in every batch norm spread the answers;
    `head` is then done to the last layers."""
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    from ultralytics.data.augment import LetterBox

    batch = np.stack([LetterBox((side, side))(image=rgb) for rgb in pictures])
    net.train()
    with torch.no_grad():
        net(torch.tensor(batch).permute(0, 3, 1, 2).float() / 255)
    net.eval()
    generator = torch.Generator().manual_seed(SEED)
    for layer in head(net):
        torch.nn.init.normal_(layer.weight, 0, 1, generator=generator)
        said = []
        hook = layer.register_forward_hook(lambda _layer, _given, out: said.append(out.std().item()))
        with torch.no_grad():
            net(torch.tensor(batch).permute(0, 3, 1, 2).float() / 255)
        hook.remove()
        layer.weight.data *= 1.5 / said[0]
        layer.bias.data.normal_(-2, 0.5, generator=generator)
    last = net.model[-1]
    if getattr(last, "reg_max", None) == 1:
        # Distances to the four sides are given as they are; all of them shall be positive.
        for branch in [*last.cv2, *getattr(last, "one2one_cv2", [])]:
            layer = [m for m in branch.modules() if isinstance(m, torch.nn.Conv2d)][-1]
            layer.weight.data *= 0.1
            layer.bias.data.fill_(2.0)


def class_heads(net):
    """Of YOLO's detectors, those of the end-to-end branch too."""
    last = net.model[-1]
    branches = [*last.cv3, *getattr(last, "one2one_cv3", [])]
    return [[m for m in branch.modules() if isinstance(m, torch.nn.Conv2d)][-1] for branch in branches]


def ultralytics(out, name, config, task, side=160, sizes=None, **export):
    from ultralytics import YOLO

    torch.manual_seed(SEED)
    case = Case(out, name, sizes or [(side, side)] * 3)
    yolo = YOLO(f"{config}.yaml")
    names = {0: "scratch", 1: "worker's mark", 2: "划痕", 3: "hole", 4: "screw"}
    from ultralytics.nn.tasks import yaml_model_load
    import ultralytics.nn.tasks as tasks

    kind = {"detect": tasks.DetectionModel, "segment": tasks.SegmentationModel,
            "classify": tasks.ClassificationModel, "obb": tasks.OBBModel}[task]
    definition = yaml_model_load(f"{config}.yaml")
    yolo.model = kind(definition, nc=len(names), verbose=False)
    yolo.model.names = names
    yolo.model.task = yolo.task = task
    yolo.model.args = {**yolo.overrides, "task": task, "imgsz": side, "data": "parts.yaml"}
    yolo.model.eval()
    liven(yolo.model, side, (lambda net: [net.model[-1].linear]) if task == "classify" else class_heads, case.pictures.values())
    path = yolo.export(format="onnx", imgsz=side, verbose=False, **export)
    shutil.move(path, case.folder / "model.onnx")
    answers = {}
    for image, rgb in case.pictures.items():
        bgr = np.ascontiguousarray(rgb[:, :, ::-1])
        result = yolo.predict(bgr, imgsz=side, conf=0.25, iou=0.7, verbose=False, rect=False)[0]
        if task == "classify":
            answers[image] = {"classes": numbers(result.probs.data)}
        elif task == "obb":
            rows = zip(result.obb.cls, result.obb.conf, result.obb.xywhr)
            answers[image] = {"boxes": [[int(c), float(s), *numbers(box)] for c, s, box in rows]}
        else:
            rows = zip(result.boxes.cls, result.boxes.conf, result.boxes.xywh)
            answers[image] = {"boxes": [[int(c), float(s), *numbers(box)] for c, s, box in rows]}
        print(name, image, [row[1] for row in answers[image].get("boxes", [])][:4], answers[image].get("classes"), flush=True)
    case.finish(f"ultralytics {version('ultralytics')} predict", answers, 0.25)


# --- Anomalib


def anomalib(out, name, make, prepare, side=256, sizes=None, **export):
    from anomalib.deploy import ExportType
    from torchvision.transforms.v2.functional import to_dtype, to_image

    torch.manual_seed(SEED)
    case = Case(out, name, sizes or [(side, side)] * 3)
    model = make()
    prepare(model)
    model.eval()
    path = Path(model.to_onnx(export_root=case.folder / "export", model_file_name="model", **export))
    for file in path.parent.iterdir():
        shutil.move(file, case.folder / file.name)
    answers = {}
    for image, rgb in case.pictures.items():
        # As anomalib.deploy.TorchInferencer.predict.
        batch = to_dtype(to_image(rgb), torch.float32, scale=True)[None]
        with torch.no_grad():
            said = model(batch)
        answers[image] = {"score": float(said.pred_score)}
        if getattr(said, "anomaly_map", None) is not None:
            rows = said.anomaly_map.reshape(-1, said.anomaly_map.shape[-1])
            answers[image]["map"] = [numbers(row) for row in rows]
        print(name, image, answers[image]["score"], flush=True)
    case.finish(f"anomalib {version('anomalib')} forward", answers)


def normalised(model):
    """As after validation: scores from 0 to 1 with the threshold at 0.5."""
    post = model.post_processor
    for key, value in {"image": (20.0, 60.0, 35.0), "pixel": (10.0, 60.0, 30.0)}.items():
        low, high, threshold = value
        for field, number in (("min", low), ("max", high), ("threshold", threshold)):
            for attribute in (f"_{key}_{field}", f"{key}_{field}"):
                if isinstance(getattr(post, attribute, None), torch.Tensor):
                    getattr(post, attribute).fill_(number)


def patchcore(model):
    generator = torch.Generator().manual_seed(SEED)
    bank = torch.rand(300, 384, generator=generator)
    model.model.memory_bank = bank
    normalised(model)


def padim(model):
    generator = torch.Generator().manual_seed(SEED)
    images = torch.rand(12, 3, 256, 256, generator=generator)
    model.model.train()
    with torch.no_grad():
        model.model(images)
    model.model.fit()
    normalised(model)


def stfpm(model):
    normalised(model)


# --- torchvision and plain graphs


def torchvision_classifier(out, name, sizes):
    import torchvision
    from PIL import Image

    torch.manual_seed(SEED)
    case = Case(out, name, sizes)
    net = torchvision.models.resnet18(weights=None, num_classes=3).eval()
    torch.nn.init.normal_(net.fc.weight, 0, 0.3)
    torch.onnx.export(net, torch.rand(1, 3, 224, 224), case.folder / "model.onnx", dynamo=False, opset_version=17,
                      input_names=["x"], output_names=["y"])
    prepare = torchvision.models.ResNet18_Weights.DEFAULT.transforms()
    answers = {}
    for image, rgb in case.pictures.items():
        with torch.no_grad():
            shares = net(prepare(Image.fromarray(rgb))[None]).softmax(1)[0]
        answers[image] = {"classes": numbers(shares), "score": float(shares[1] + shares[2])}
    case.finish(f"torchvision {version('torchvision')}", answers)


def segmentation(out, name, channels_last=False):
    """A map of logits for three classes, background first; or blue first with the channels last."""
    torch.manual_seed(SEED)
    side = 96
    case = Case(out, name, [(side, side)] * 3)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 5, 2, 2), torch.nn.ReLU(), torch.nn.Conv2d(16, 3, 3, 1, 1)).eval()

    class Last(torch.nn.Module):
        def forward(self, x):
            return net(x.permute(0, 3, 1, 2))

    shape = (1, side, side, 3) if channels_last else (1, 3, side, side)
    torch.onnx.export(Last() if channels_last else net, torch.rand(shape), case.folder / "model.onnx", dynamo=True,
                      input_names=["x"], output_names=["y"])
    answers = {}
    for image, rgb in case.pictures.items():
        given = rgb[:, :, ::-1] if channels_last else rgb
        with torch.no_grad():
            shares = net(torch.tensor(given.copy()).permute(2, 0, 1)[None] / 255).softmax(1)[0]
        shares[0] = 0
        rows = shares.reshape(-1, shares.shape[-1])
        answers[image] = {"map": [numbers(row) for row in rows], "score": float(shares.max())}
    case.finish(f"torch {version('torch')}", answers)


def cases(out):
    square = [(160, 160)] * 3
    # Images of other sizes and aspects, so that resizing and fitting are compared too.
    mixed = [(320, 320), (240, 160), (200, 300)]

    def anomaly(kind, **more):
        import anomalib.models

        return lambda: getattr(anomalib.models, kind)(**more)

    return {
        "yolo11-detect": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=square),
        "yolo11-detect-fit": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=mixed),
        "yolo11-dynamic": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=square, dynamic=True),
        "yolo11-nms": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=square, nms=True, conf=0.25, iou=0.7),
        "yolo26-detect": lambda n: ultralytics(out, n, "yolo26n", "detect", sizes=square),
        "yolo11-segment": lambda n: ultralytics(out, n, "yolo11n-seg", "segment", sizes=square),
        "yolo11-obb": lambda n: ultralytics(out, n, "yolo11n-obb", "obb", sizes=square),
        "yolo11-classify": lambda n: ultralytics(out, n, "yolo11n-cls", "classify", side=96, sizes=[(96, 96), (192, 128), (100, 260)]),
        "patchcore": lambda n: anomalib(out, n, anomaly("Patchcore", backbone="resnet18", pre_trained=False, layers=["layer2", "layer3"]), patchcore, input_size=(256, 256)),
        "padim": lambda n: anomalib(out, n, anomaly("Padim", backbone="resnet18", pre_trained=False), padim, input_size=(256, 256)),
        "padim-free": lambda n: anomalib(out, n, anomaly("Padim", backbone="resnet18", pre_trained=False), padim),
        "torchvision": lambda n: torchvision_classifier(out, n, [(224, 224), (400, 300), (300, 512)]),
        "segmentation": lambda n: segmentation(out, n),
        "channels-last": lambda n: segmentation(out, n, channels_last=True),
    }


def main():
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    os.chdir(out)
    sys.argv = sys.argv[:1] + sys.argv[2:]
    wanted, sys.argv = sys.argv[1:], sys.argv[:1]
    failed = []
    for name, make in cases(out).items():
        if wanted and name not in wanted:
            continue
        try:
            make(name)
        except Exception as error:
            import traceback

            traceback.print_exc()
            failed.append(f"{name}: {error}")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
