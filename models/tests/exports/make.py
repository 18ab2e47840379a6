"""Makes models with the tools that people train with, exports them as ONNX, and writes down what each tool itself
says of some images. `tests/station/import.rs` imports them and compares.

    python make.py OUT [NAME …]

Each model gets a folder OUT/NAME with model.onnx, images/*.png and answers.json (see docs/guide/import.md)."""

import json
import os
import shutil
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ |= {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "HF_HUB_OFFLINE": "1", "TRUST_REMOTE_CODE": "1"}
warnings.filterwarnings("ignore")

import cv2
import numpy as np
import torch

SEED = 7


def without_downloads():
    """Backbones that a package would fetch start with random weights."""
    import timm

    create = timm.create_model
    timm.create_model = lambda *args, **more: create(*args, **{**more, "pretrained": False})



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


def liven(net, side, head, pictures, bias=-2.0):
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
        layer.bias.data.normal_(bias, 0.5, generator=generator)
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
    liven(yolo.model, side, (lambda net: [net.model[-1].linear]) if task == "classify" else class_heads, case.pictures.values(),
          # Few enough boxes that the station makes the mask of each.
          bias=-6.0 if task == "segment" else -2.0)
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


def anomalib(out, name, kind, prepare, side=256, sizes=None, is_validated=True, by_engine=False, more={}, **export):
    import anomalib.models
    from anomalib.deploy import TorchInferencer
    from torchvision.transforms.v2.functional import to_dtype, to_image

    torch.manual_seed(SEED)
    case = Case(out, name, sizes or [(side, side)] * 3)
    model = getattr(anomalib.models, kind)(**more)
    prepare(model)
    model.eval()
    # As anomalib.deploy.TorchInferencer.predict.
    batches = {image: to_dtype(to_image(rgb), torch.float32, scale=True)[None] for image, rgb in case.pictures.items()}
    if is_validated:
        normalised(model, batches.values())
    path = Path(model.to_onnx(export_root=case.folder / "export", model_file_name="model", **export))
    for file in path.parent.iterdir():
        shutil.move(file, case.folder / file.name)
    if by_engine:
        from anomalib.engine import Engine

        engine = Engine(accelerator="cpu", devices=1, logger=False, default_root_dir=case.folder / "export")
        said_of = {
            Path(path).name: said
            for batch in engine.predict(model=model, data_path=case.folder / "images")
            for path, said in zip(batch.image_path, batch)
        }
    else:
        inferencer = TorchInferencer(path=model.to_torch(export_root=case.folder / "export"), device="cpu")
        said_of = {image: inferencer.predict(case.folder / "images" / image) for image in batches}
    answers = {}
    for image, said in said_of.items():
        answers[image] = {"score": float(said.pred_score)}
        if said.anomaly_map is not None:
            rows = torch.as_tensor(said.anomaly_map).reshape(-1, said.anomaly_map.shape[-1])
            answers[image]["map"] = [numbers(row) for row in rows]
        print(name, image, answers[image]["score"], flush=True)
    shutil.rmtree(case.folder / "export")
    case.finish(f"anomalib {version('anomalib')} {'Engine.predict' if by_engine else 'TorchInferencer'}", answers)


def normalised(model, batches):
    """As after validation: scores brought to 0..1, the threshold at 0.5."""
    post = model.post_processor
    with torch.no_grad():
        raw = [model(batch) for batch in batches]
    kinds = {"image": [said.pred_score for said in raw]}
    if raw[0].anomaly_map is not None:
        kinds["pixel"] = [said.anomaly_map for said in raw]
    for kind, values in kinds.items():
        low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
        spread = max(high - low, 1e-3)
        getattr(post, f"{kind}_min").fill_(low - 0.2 * spread)
        getattr(post, f"{kind}_max").fill_(high + 0.2 * spread)
        getattr(post, f"_{kind}_threshold").fill_(low + 0.6 * spread)


def random_images(count):
    return torch.rand(count, 3, 256, 256, generator=torch.Generator().manual_seed(SEED))


def patchcore(model):
    model.model.memory_bank = torch.rand(300, 384, generator=torch.Generator().manual_seed(SEED))


def padim(model):
    model.model.train()
    with torch.no_grad():
        model.model(random_images(12))
    model.model.fit()


def efficient_ad(model):
    net = model.model
    for kind in ("qa_st", "qb_st", "qa_ae", "qb_ae"):
        net.quantiles[kind].data.fill_(0.0 if kind.startswith("qa") else 1.0)
    net.mean_std["mean"].data.fill_(0.0)
    net.mean_std["std"].data.fill_(0.02)


def as_made(_model):
    pass


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

    resnet = {"backbone": "resnet18", "pre_trained": False}
    size = {"input_size": (256, 256)}

    return {
        "yolo11-detect": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=square),
        "yolo11-detect-fit": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=mixed),
        "yolo11-dynamic": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=square, dynamic=True),
        "yolo11-nms": lambda n: ultralytics(out, n, "yolo11n", "detect", sizes=square, nms=True, conf=0.25, iou=0.7),
        "yolo26-detect": lambda n: ultralytics(out, n, "yolo26n", "detect", sizes=square),
        "yolo26-segment": lambda n: ultralytics(out, n, "yolo26n-seg", "segment", sizes=square),
        "yolo26-obb": lambda n: ultralytics(out, n, "yolo26n-obb", "obb", sizes=square),
        "yolo11-segment": lambda n: ultralytics(out, n, "yolo11n-seg", "segment", sizes=square),
        "yolo11-obb": lambda n: ultralytics(out, n, "yolo11n-obb", "obb", sizes=square),
        "yolo11-classify": lambda n: ultralytics(out, n, "yolo11n-cls", "classify", side=96, sizes=[(96, 96), (192, 128), (100, 260)]),
        "patchcore": lambda n: anomalib(out, n, "Patchcore", patchcore, more={**resnet, "layers": ["layer2", "layer3"]}, **size),
        "patchcore-raw": lambda n: anomalib(out, n, "Patchcore", patchcore, is_validated=False, more={**resnet, "layers": ["layer2", "layer3"]}, **size),
        "padim": lambda n: anomalib(out, n, "Padim", padim, more={**resnet, "n_features": 20}, **size),
        "padim-free": lambda n: anomalib(out, n, "Padim", padim, sizes=mixed, by_engine=True, more={**resnet, "n_features": 20}),
        "stfpm": lambda n: anomalib(out, n, "Stfpm", as_made, **size),
        "efficient-ad": lambda n: anomalib(out, n, "EfficientAd", efficient_ad, **size),
        "fastflow": lambda n: anomalib(out, n, "Fastflow", as_made, more=resnet, **size),
        "reverse-distillation": lambda n: anomalib(out, n, "ReverseDistillation", as_made, more=resnet, **size),
        "torchvision": lambda n: torchvision_classifier(out, n, [(224, 224), (400, 300), (300, 512)]),
        "torchvision-square": lambda n: torchvision_classifier(out, n, [(256, 256)] * 3),
        "segmentation": lambda n: segmentation(out, n),
        "channels-last": lambda n: segmentation(out, n, channels_last=True),
    }


def main():
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    os.chdir(out)
    sys.argv = sys.argv[:1] + sys.argv[2:]
    wanted, sys.argv = sys.argv[1:], sys.argv[:1]
    without_downloads()
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
