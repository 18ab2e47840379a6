"""Trains the backbone to describe places as the teacher does.

The teacher's features of each level are scaled as `inspector teach` scales them and turned onto their
principal axes, of which the backbone learns the first ones (see README.md)."""

import argparse
import threading
import queue
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

import pictures
from net import OUTPUTS, Backbone, folded


class Teacher:
    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def __call__(self, images):
        return self.session.run(list(OUTPUTS), {self.input: images})


def axes(teacher, groups, side, rng, count=400):
    """Per level: mean, and the matrix onto the principal axes, such that all axes have variance 1 in sum."""
    samples = {name: [] for name in OUTPUTS}
    for _ in range(count):
        image = pictures.draw(groups, side, rng).transpose(2, 0, 1)[None]
        for name, value in zip(OUTPUTS, teacher(np.ascontiguousarray(image))):
            flat = value[0].reshape(value.shape[1], -1).T
            samples[name].append(flat[rng.integers(0, len(flat), 64)])
    found = {}
    for name, outputs in OUTPUTS.items():
        flat = np.concatenate(samples[name])
        mean, spread = flat.mean(0), flat.std(0)
        scale = 1 / np.sqrt(np.maximum(spread, spread.mean() * 0.1) * spread.mean())
        scaled = (flat - mean) * scale
        _, values, rows = np.linalg.svd(scaled, full_matrices=False)
        share = (values[:outputs] ** 2).sum() / (values**2).sum()
        print(f"{name}: {outputs} of {flat.shape[1]} axes keep {share:.3f} of the variance", flush=True)
        unit = np.sqrt((scaled**2).sum(1).mean())
        matrix = (rows[:outputs] * scale / unit).astype(np.float32)
        found[name] = (torch.tensor(mean), torch.tensor(matrix))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--rendered")
    parser.add_argument("--out", required=True, help="checkpoint; goes on from it where it exists")
    parser.add_argument("--folded", action="store_true", help="without batch norms, as it will run")
    parser.add_argument("--start", help="ONNX file of export.py to go on from, folded, where there is no checkpoint")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--final", action="store_true", help="lets the rate fall to zero over the minutes")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--side", type=int, default=160)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    groups = pictures.load(args.data, args.rendered)
    print({name: len(group) for name, group in groups.items()}, flush=True)
    teacher = Teacher(args.teacher, args.threads)
    out = Path(args.out)
    state = torch.load(out, weights_only=False) if out.exists() else {"step": 0, "seconds": 0.0, "curve": []}
    if "axes" not in state:
        state["axes"] = axes(teacher, groups, args.side, np.random.default_rng(1))
    onto = {name: [t.to(args.device) for t in pair] for name, pair in state["axes"].items()}
    net = begun(args, state).to(args.device)
    optimiser = torch.optim.AdamW(net.parameters(), args.rate, weight_decay=1e-4)
    if "optimiser" in state:
        optimiser.load_state_dict(state["optimiser"])
    ready = queue.Queue(4)

    def prepare(seed):
        rng = np.random.default_rng(seed)
        while True:
            side = int(rng.choice([args.side, args.side + 32, args.side - 32]))
            batch = [pictures.draw(groups, side, rng).transpose(2, 0, 1) for _ in range(args.batch)]
            batch = np.ascontiguousarray(np.stack(batch), dtype=np.float32)
            ready.put((batch, teacher(batch)))

    threading.Thread(target=prepare, args=(state["step"] + 1,), daemon=True).start()
    started, saved, sums = time.time(), time.time(), np.zeros(len(OUTPUTS))
    net.train()
    while (now := time.time() - started) < args.minutes * 60:
        share = now / (args.minutes * 60)
        rate = args.rate * (0.5 + 0.5 * np.cos(np.pi * share) if args.final else min(1, (state["step"] + 1) / 200))
        for group in optimiser.param_groups:
            group["lr"] = rate
        images, targets = ready.get()
        answers = net(torch.from_numpy(images).to(args.device))
        errors = []
        for answer, target, (mean, matrix) in zip(answers, targets, onto.values()):
            wanted = torch.einsum("oc,nchw->nohw", matrix, torch.from_numpy(target).to(args.device) - mean[:, None, None])
            errors.append(((answer - wanted) ** 2).sum(1).mean())
        loss = sum(errors)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        state["step"] += 1
        sums += [error.item() for error in errors]
        if state["step"] % 100 == 0:
            state["curve"].append((state["step"], *(sums / 100)))
            print(f"step {state['step']}, {now / 60:.1f} min, share left unexplained:", *(f"{v:.4f}" for v in sums / 100), flush=True)
            sums[:] = 0
        if time.time() - saved > 120:
            saved = time.time()
            save(state, net, optimiser, out)
    save(state, net, optimiser, out)


def begun(args, state):
    """The network as the checkpoint, the ONNX file or nothing has it."""
    net = Backbone()
    if args.start and "net" not in state:
        state["is_folded"] = True
        weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(args.start).graph.initializer}
        state["net"] = {name: torch.tensor(weights[name]) for name in folded(Backbone().eval()).state_dict()}
    if state.get("is_folded"):
        net = folded(net.eval())
    if "net" in state:
        net.load_state_dict(state["net"])
    if args.folded and not state.get("is_folded"):
        state["is_folded"] = True
        state.pop("optimiser", None)
        net = folded(net.eval())
    return net


def save(state, net, optimiser, out):
    state |= {"net": net.state_dict(), "optimiser": optimiser.state_dict()}
    part = out.with_suffix(".part")
    torch.save(state, part)
    part.replace(out)


if __name__ == "__main__":
    main()
