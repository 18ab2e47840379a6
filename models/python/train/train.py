"""Trains the demo's network on rendered parts and keeps the best weights.

    python train.py --data DIR --out weights.pt --minutes 12
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from net import CLASSES, Net
from pictures import POSITIVE_SHARE, Pictures, read


def batch(pictures: Pictures, picked: np.ndarray, augment: np.random.Generator | None):
    """Images n×3×h×w, targets and weights n×4×h/2×w/2."""
    images = torch.from_numpy(pictures.images[picked]).float().div(255).permute(0, 3, 1, 2)
    share = torch.from_numpy(pictures.share[picked].astype(np.float32))
    target = torch.zeros(len(picked), len(CLASSES), *share.shape[1:])
    weight = torch.ones_like(target)
    for index, defect in enumerate(pictures.defect[picked]):
        if defect < 0:
            continue
        target[index, defect] = (share[index] >= POSITIVE_SHARE).float()
        # The rim of a defect is nobody's fault.
        weight[index, :, (share[index] > 0) & (share[index] < POSITIVE_SHARE)] = 0
    if augment is not None:
        # Parts lie near the middle; a crop saves half the work, and moves them.
        top, left = int(augment.integers(0, 25)), int(augment.integers(0, 49))
        images = images[:, :, 2 * top : 2 * top + 192, 2 * left : 2 * left + 224]
        target = target[:, :, top : top + 96, left : left + 112]
        weight = weight[:, :, top : top + 96, left : left + 112]
        gain = torch.from_numpy(augment.uniform(0.92, 1.08, (len(picked), 3, 1, 1)).astype(np.float32))
        images = images * gain + torch.randn_like(images) * float(augment.uniform(0, 0.012))
        images = images.clamp(0, 1)
    return images.contiguous(memory_format=torch.channels_last), target, weight


def loss_of(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Focal cross-entropy by cell, dice by class, and the image's maximum, which is the verdict."""
    cross = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    chance = torch.exp(-cross)
    focal = (weight * (1 - chance) ** 2 * cross * (1 + 2 * target)).sum() / (target.sum() + 200)
    score = torch.sigmoid(logits) * weight
    overlap = 2 * (score * target).sum((0, 2, 3)) + 50
    dice = 1 - overlap / (score.sum((0, 2, 3)) + target.sum((0, 2, 3)) + 50)
    top = (logits - 30 * (1 - weight)).flatten(2).topk(4).values.mean(2)
    is_there = (target.flatten(2).sum(2) > 0).float()
    image = F.binary_cross_entropy_with_logits(top, is_there)
    return focal + 0.5 * dice.mean() + 0.7 * image


def maxima(net: torch.nn.Module, pictures: Pictures) -> np.ndarray:
    """n × 4: the largest score of each class in each picture."""
    net.eval()
    out = []
    with torch.no_grad():
        for start in range(0, len(pictures), 32):
            images, _, _ = batch(pictures, np.arange(start, min(start + 32, len(pictures))), None)
            out.append(torch.sigmoid(net(images)).flatten(2).max(2).values.numpy())
    net.train()
    return np.concatenate(out)


def auroc(score: np.ndarray, is_bad: np.ndarray) -> float:
    order = score.argsort().argsort() + 1.0
    bad, good = int(is_bad.sum()), int((~is_bad).sum())
    return (order[is_bad].sum() - bad * (bad + 1) / 2) / max(bad * good, 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random = np.random.default_rng(args.seed)
    train = read(sorted(args.data.glob("train-*")))
    check = read(sorted(args.data.glob("val-*")))
    net = Net().to(memory_format=torch.channels_last)
    if args.start:
        net.load_state_dict(torch.load(args.start))
    # What is kept and exported: the running mean of the weights.
    mean = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {len(train)} + {len(check)} pictures")
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-3)
    begun, best, epoch = time.monotonic(), -1.0, 0
    size = 16
    while (spent := (time.monotonic() - begun) / 60 / args.minutes) < 1:
        order, total = random.permutation(len(train)), 0.0
        for start in range(0, len(order) - size + 1, size):
            spent = min((time.monotonic() - begun) / 60 / args.minutes, 1)
            rate = args.rate * min(1, 0.1 + spent * 20) * (0.5 + 0.5 * math.cos(math.pi * spent)) + 1e-5
            for group in optimiser.param_groups:
                group["lr"] = rate
            images, target, weight = batch(train, order[start : start + size], random)
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(images)
            loss = loss_of(logits.float(), target, weight)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            mean.update_parameters(net)
            total += loss.item() * size
            if spent >= 1:
                break
        epoch += 1
        if epoch % 4 and spent < 1:
            print(f"epoch {epoch}: loss {total / len(train):.4f}", flush=True)
            continue
        score = maxima(mean, check).max(1)
        is_bad = check.defect >= 0
        limit = np.quantile(score[~is_bad], 0.99)
        caught = float((score[is_bad] > limit).mean())
        print(
            f"epoch {epoch}: loss {total / len(train):.4f}, AUROC {auroc(score, is_bad):.4f}, "
            f"caught {caught:.3f} at 1 % false rejects (from {limit:.3f}), "
            f"{(time.monotonic() - begun) / 60:.1f} min",
            flush=True,
        )
        if caught + auroc(score, is_bad) > best:
            best = caught + auroc(score, is_bad)
            torch.save(mean.module.state_dict(), args.out)


if __name__ == "__main__":
    main()
