"""The station's way from a camera image to a verdict beside others', in one run, on the same images and models:
Anomalib's TorchInferencer and OpenVINOInferencer, and Ultralytics' predict on its own ONNX export.

    python beside.py INSPECTOR OUT [--rounds 5] [--seconds 5] [--provider openvino --library LIBONNXRUNTIME]
        [--trained FOLDER]

Runs in the environment of models/tests/exports (anomalib, ultralytics, torch), on the CPU, with as many threads as
there are cores. Models have random weights, which cost as much as trained ones, unless train.py left a YOLO in
FOLDER, which then sees its own images; the threshold lies where scores lie farthest apart, and no time is told for a method that does not give the same verdicts. Writes OUT/beside.json and
prints a table; the models stay in OUT."""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "models/tests/exports"))
import make  # noqa: E402

import cv2  # noqa: E402
import torch  # noqa: E402

WIDTH, HEIGHT, IMAGES, SHOWN, BANK = 1280, 960, 6, 16, 2000
THREADS = os.cpu_count()
EIGHT = "inspector, quantised to 8 bits"


def pictures(inspector, folder, seed, count):
    """Parts of the simulated line, a good one and a defect in turn: RGB by name."""
    shutil.rmtree(folder, ignore_errors=True)
    made = folder.parent / "rendered"
    shutil.rmtree(made, ignore_errors=True)
    subprocess.run([inspector, "render", "--seed", str(seed), "--count", str(count), "--defect-rate", "0.5", "--out", made],
                   check=True, stdout=subprocess.DEVNULL)
    folder.mkdir(parents=True)
    files = sorted(f for f in made.rglob("*.png") if cv2.imread(str(f)).shape == (HEIGHT, WIDTH, 3))
    files = [f for f in files if "mask" not in f.name][:count]
    for file in files:
        shutil.copy(file, folder / file.name)
    return {f.name: cv2.imread(str(f))[:, :, ::-1].copy() for f in files}


def boards(trained, kind, folder, count):
    """Images of circuit boards as a camera sees them, good ones and defects in turn: RGB by name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = [sorted((trained / kind).glob(f"*_{which}.png")) for which in ("temp", "test")]
    images = {}
    for file in [file for pair in zip(*files) for file in pair][:count]:
        whole = cv2.copyMakeBorder(cv2.resize(cv2.imread(str(file)), (HEIGHT, HEIGHT)), 0, 0, (WIDTH - HEIGHT) // 2,
                                   (WIDTH - HEIGHT) // 2, cv2.BORDER_CONSTANT, value=(114, 114, 114))
        cv2.imwrite(str(folder / file.name), whole)
        images[file.name] = whole[:, :, ::-1].copy()
    return images


def threshold(scores):
    """Where scores lie farthest apart."""
    ordered = sorted(scores.values())
    gap, low = max((b - a, a) for a, b in zip(ordered, ordered[1:]))
    return round(low + gap / 2, 4), gap


class Anomalib:
    name = "PatchCore, ResNet-18, 256×256, bank of 2,000"

    def __init__(self, out, images, _trained):
        from anomalib.deploy import TorchInferencer
        from anomalib.models import Patchcore
        from torchvision.transforms.v2.functional import resize, to_dtype, to_image

        torch.manual_seed(make.SEED)
        shutil.rmtree(out, ignore_errors=True)
        model = Patchcore(backbone="resnet18", pre_trained=False, layers=["layer2", "layer3"])
        model.eval()
        batches = [resize(to_dtype(to_image(rgb), torch.float32, scale=True)[None], [256, 256]) for rgb in images.values()]
        # What is remembered is of such images, so that distances are like those of a taught model.
        core = model.model
        with torch.no_grad():
            core.training = True
            found = torch.cat([core(batch + 0.02 * torch.randn(batch.shape)) for batch in batches])
            core.training = False
        core.memory_bank = found[torch.randperm(len(found))[:BANK]].contiguous()
        make.normalised(model, batches)
        self.graph = Path(model.to_onnx(export_root=out, model_file_name="model", input_size=(256, 256)))
        self.inferencer = TorchInferencer(path=model.to_torch(export_root=out), device="cpu")
        try:
            from anomalib.deploy import OpenVINOInferencer

            self.openvino = OpenVINOInferencer(path=model.to_openvino(export_root=out, input_size=(256, 256)))
            self.openvino.predict(next(iter(images.values())))
        except Exception as error:  # noqa: BLE001
            self.openvino = None
            print("Anomalib's OpenVINOInferencer takes no image:", repr(error)[:200])
        self.methods = {"Anomalib TorchInferencer": lambda rgb: float(self.inferencer.predict(rgb).pred_score)}
        if self.openvino:
            self.methods["Anomalib OpenVINOInferencer"] = lambda rgb: float(self.openvino.predict(rgb).pred_score)

    arguments = ["--size", "256x256"]


class Ultralytics:
    name = "YOLO11n, 640×640"

    def __init__(self, out, images, trained):
        from ultralytics import YOLO

        self.graph = out / "model.onnx"
        if trained:
            self.name += ", trained"
            out.mkdir(parents=True, exist_ok=True)
            shutil.copy(trained / "yolo11n.pt", out / "model.pt")
            YOLO(str(out / "model.pt")).export(format="onnx", imgsz=640, verbose=False)
        else:
            livened = make.liven
            # Few boxes, whose scores are neither all 0 nor all 1.
            make.liven = lambda net, side, head, pictures, bias: livened(net, side, head, pictures, -16.0)
            make.picture = lambda _width, _height, seed: list(images.values())[seed - make.SEED]
            make.ultralytics(out.parent, out.name, "yolo11n", "detect", side=640, sizes=[(WIDTH, HEIGHT)] * len(images))
        yolo = YOLO(str(self.graph), task="detect")

        def predict(rgb):
            said = yolo.predict(rgb[:, :, ::-1], imgsz=640, conf=0.001 if trained else 0.25, iou=0.7, verbose=False, device="cpu")[0]
            return max((float(s) for s in said.boxes.conf), default=0.0)

        self.methods = {"Ultralytics ONNX predict": predict}

    arguments = []


def run(command, library=None):
    # Models are made and judged by the usual build of ONNX Runtime; another one (--library) is only timed.
    more = {"ORT_DYLIB_PATH": str(library)} if library else {}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env={**os.environ, **more})
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def loop(method, images, seconds):
    """Images per second, one after another as the camera gives them."""
    images = list(images.values())
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        method(images[done % len(images)])
        done += 1
    return done / (time.perf_counter() - started)


def ours(args, folder, bundle, at):
    file = args.out / "round.json"
    file.unlink(missing_ok=True)
    ways = ["--provider", args.provider] if args.provider else []
    ways += ["--precision", args.precision] if args.precision else []
    run([args.inspector, "bench", bundle, "--scenario", "saturate", "--seconds", 2 * args.seconds, "--images",
         folder, "--threshold", at, "--threads", THREADS, "--out", file, *ways], args.library)
    figures = json.loads(file.read_text())["results"][0]["outcome"]["measured"]
    return figures["parts_per_s"], figures["raw"]["runs_per_s"]


def own_scores(args, folder, bundle, is_bad):
    """Ours of the same images."""
    listed, file = args.out / "list.csv", args.out / "scores.csv"
    rows = [f"{folder.name}/{image},{'bad' if bad else 'good'}" for image, bad in is_bad.items()]
    listed.write_text("\n".join(["path,label", *rows, ""]))
    run([args.inspector, "model", "compare", bundle, "--images", listed, "--scores", file])
    found = {Path(row["path"]).name: float(row["score"]) for row in csv.DictReader(file.open())}
    return {image: found[image] for image in is_bad}


def measure(kind, args):
    out = args.out / kind.__name__.lower()
    trained = args.trained if kind is Ultralytics else None
    folder, shown = args.out / "images", args.out / "shown"
    if trained:
        images = boards(trained, "held-out", folder, 2 * IMAGES)
        boards(trained, "shown", shown, SHOWN)
    else:
        images = pictures(args.inspector, folder, 7, IMAGES)
        pictures(args.inspector, shown, 8, SHOWN)
    model = kind(out, images, trained)
    scores = {name: {image: method(rgb) for image, rgb in images.items()} for name, method in model.methods.items()}
    first = next(iter(scores.values()))
    at, gap = threshold(first)
    bundle = args.out / f"{kind.__name__.lower()}-bundle"
    shutil.rmtree(bundle, ignore_errors=True)
    print(run([args.inspector, "model", "import", model.graph, "--out", bundle, *model.arguments]))
    run([args.inspector, "model", "references", bundle, folder])
    run([args.inspector, "model", "accept", bundle])
    is_bad = {image: score >= at for image, score in first.items()}
    scores["inspector"] = own_scores(args, folder, bundle, is_bad)
    eight = args.out / f"{kind.__name__.lower()}-int8"
    shutil.rmtree(eight, ignore_errors=True)
    print(run([args.inspector, "model", "quantise", bundle, "--images", shown, "--out", eight,
               "--threshold", at, "--other-verdicts", SHOWN]))
    scores[EIGHT] = own_scores(args, folder, eight, is_bad)
    rates = {name: [] for name in scores} | {"the graph alone, ONNX Runtime": []}
    for name, said in scores.items():
        wrong = [image for image in images if (said[image] >= at) != (first[image] >= at)]
        if wrong and name == "inspector":
            sys.exit(f"{name}: other verdicts on {wrong} than {next(iter(scores))}: {said}, {first}")
        if wrong:
            print(f"{name}: other verdicts on {wrong}; no time is told")
            del rates[name]
    for _ in range(args.rounds):
        for name in rates.keys() & model.methods.keys():
            rates[name].append(loop(model.methods[name], images, args.seconds))
        whole, raw = ours(args, folder, bundle, at)
        rates["inspector"].append(whole)
        rates["the graph alone, ONNX Runtime"].append(raw)
        if EIGHT in rates:
            rates[EIGHT].append(ours(args, folder, eight, at)[0])
    print(f"\n{model.name}, camera {WIDTH}×{HEIGHT}, {THREADS} threads, threshold {at} (scores leave {gap:.3f} free)")
    ends = {}
    for name, found in rates.items():
        ratios = sorted(w / f for w, f in zip(rates["inspector"], found))
        eights = sorted(w / f for w, f in zip(rates.get(EIGHT, []), found))
        ends[name] = {"per_s": statistics.median(found), "inspector_is_faster_by": statistics.median(ratios),
                      "lowest": ratios[0], "highest": ratios[-1],
                      "in_8_bits_faster_by": statistics.median(eights) if eights else None}
        print(f"  {name:<32} {ends[name]['per_s']:7.2f}/s   inspector: {statistics.median(ratios):.2f}× "
              f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
              + (f"   in 8 bits: {statistics.median(eights):.2f}× ({eights[0]:.2f} to {eights[-1]:.2f})" if eights else ""))
    return {"model": model.name, "threshold": at, "methods": ends}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("inspector", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--provider", default="")
    parser.add_argument("--precision", default="")
    parser.add_argument("--only", default="", choices=["", "anomalib", "ultralytics"])
    parser.add_argument("--library", type=Path, help="the build of ONNX Runtime that ours is timed with")
    parser.add_argument("--trained", type=Path, help="what train.py left")
    args = parser.parse_args()
    args.inspector, args.out = args.inspector.resolve(), args.out.resolve()
    args.out.mkdir(parents=True, exist_ok=True)
    make.without_downloads()
    torch.set_num_threads(THREADS)
    kinds = [kind for kind in (Anomalib, Ultralytics) if args.only in ("", kind.__name__.lower())]
    found = [measure(kind, args) for kind in kinds]
    (args.out / "beside.json").write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
