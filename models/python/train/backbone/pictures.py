"""What the backbone learns to describe: real pictures, rendered parts, and textures made of noise.

Of the sets only images for training are seen (`split` is `train` in the manifest), so that the
others can judge what was learnt."""

import csv
from pathlib import Path

import cv2
import numpy as np

SIDE_MAX = 512


def load(data, rendered):
    """Pictures as bytes, H × W × 3, with the group each belongs to."""
    groups = {"parts": [], "boards": [], "codes": [], "belt": [], "rendered": []}
    data = Path(data)
    with open(data / "manifest.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    groups["parts"] = [read(data / row["path"]) for row in rows]
    groups["boards"] = [read(path) for path in sorted((data / "pcb").rglob("*.jpg"))]
    codes = [path for path in sorted((data / "codes").rglob("*")) if path.suffix in {".png", ".jpg"}]
    groups["codes"] = [read(path) for path in codes]
    for path in sorted((data / "belt").iterdir()):
        if path.suffix in {".gif", ".mp4"}:
            groups["belt"] += frames(path, every=1 if path.suffix == ".gif" else 12)
    if rendered:
        paths = [path for path in sorted(Path(rendered).rglob("*.png")) if "mask" not in path.name]
        groups["rendered"] = [read(path) for path in paths]
    return {name: [p for p in pictures if p is not None] for name, pictures in groups.items()}


def read(path):
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if picture is None else shrink(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


def frames(path, every):
    video, pictures, number = cv2.VideoCapture(str(path)), [], 0
    while True:
        there, frame = video.read()
        if not there:
            return pictures
        if number % every == 0:
            pictures.append(shrink(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)))
        number += 1


def shrink(picture):
    factor = SIDE_MAX / max(picture.shape[:2])
    if factor >= 1:
        return picture
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def noise(side, rng):
    """Sums of smooth noise, from coarse to fine, of a random roughness."""
    total, roughness = np.zeros((side, side), np.float32), rng.uniform(0.3, 1.1)
    for octave in range(1, 8):
        cells = min(2**octave, side)
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        total += roughness**octave * cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
    total -= total.min()
    return total / max(total.max(), 1e-6)


def waves(side, rng):
    """Stripes, checks or rings, bent by noise."""
    y, x = np.mgrid[:side, :side].astype(np.float32) / side - rng.uniform(0, 1, (2, 1, 1)).astype(np.float32)
    angle, count = rng.uniform(0, np.pi), rng.uniform(2, 50)
    bend = noise(side, rng) * rng.choice([0, rng.uniform(0, 0.3)])
    along = x * np.cos(angle) + y * np.sin(angle) + bend
    wave = np.sin(2 * np.pi * count * along)
    kind = rng.integers(4)
    if kind == 1:
        wave = wave * np.sin(2 * np.pi * count * (y * np.cos(angle) - x * np.sin(angle) + bend))
    if kind == 2:
        wave = np.sin(2 * np.pi * count * (np.hypot(x, y) + bend))
    if kind == 3:
        wave = np.sign(wave)
    return wave * 0.5 + 0.5


def texture(side, rng):
    """One or two fields of noise or waves coloured, with shapes on top."""
    picture = np.zeros((side, side, 3), np.float32)
    field = noise(side, rng) if rng.random() < 0.6 else waves(side, rng)
    first, second = rng.uniform(0, 1, (2, 3)).astype(np.float32)
    if rng.random() < 0.5:
        first, second = first.mean(), second.mean()
    picture += field[..., None] * first + (1 - field[..., None]) * second
    if rng.random() < 0.4:
        picture += (noise(side, rng)[..., None] - 0.5) * rng.uniform(0, 0.6)
    for _ in range(rng.integers(0, 12) if rng.random() < 0.6 else 0):
        colour = tuple(float(v) for v in rng.uniform(0, 1, 3))
        points = rng.integers(0, side, (2, 2))
        kind, thickness = rng.integers(4), int(rng.choice([-1, 1, 2, 4, 8]))
        if kind == 0:
            centre, radius = tuple(map(int, points[0])), int(rng.integers(2, side // 4))
            cv2.circle(picture, centre, radius, colour, thickness, cv2.LINE_AA)
        elif kind == 1:
            corners = (tuple(map(int, points[0])), tuple(map(int, points[1])))
            cv2.rectangle(picture, *corners, colour, thickness, cv2.LINE_AA)
        elif kind == 2:
            ends = (tuple(map(int, points[0])), tuple(map(int, points[1])))
            cv2.line(picture, *ends, colour, max(1, thickness), cv2.LINE_AA)
        else:
            corners = rng.integers(0, side, (int(rng.integers(3, 7)), 2)).astype(np.int32)
            cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
    return np.clip(picture, 0, 1)


def crop(picture, side, rng):
    """A turned, mirrored and scaled piece."""
    height, width = picture.shape[:2]
    size = min(height, width) * np.exp(rng.uniform(np.log(0.25), 0))
    angle = rng.choice([0, 90, 180, 270]) + rng.choice([0, rng.uniform(-20, 20)])
    centre = (rng.uniform(size / 2, width - size / 2 + 1), rng.uniform(size / 2, height - size / 2 + 1))
    matrix = cv2.getRotationMatrix2D(centre, angle, side / size)
    matrix[:, 2] += side / 2 - np.array(centre)
    how = cv2.INTER_AREA if size > side else cv2.INTER_LINEAR
    if size > 1.5 * side:
        picture = cv2.GaussianBlur(picture, (0, 0), size / side / 2)
    piece = cv2.warpAffine(picture, matrix, (side, side), flags=how, borderMode=cv2.BORDER_REFLECT_101)
    return piece[:, ::-1] if rng.random() < 0.5 else piece


def lit(picture, rng):
    """Other light and colours, sometimes blurred or grainy."""
    picture = picture * rng.uniform(0.6, 1.3, 3 if rng.random() < 0.5 else 1) + rng.uniform(-0.15, 0.15)
    picture = np.clip(picture, 0, 1) ** rng.uniform(0.6, 1.6)
    if rng.random() < 0.2:
        picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.3:
        picture = picture + rng.standard_normal(picture.shape) * rng.uniform(0, 0.06)
    return np.clip(picture, 0, 1).astype(np.float32)


SHARES = {"parts": 0.3, "boards": 0.05, "codes": 0.15, "belt": 0.1, "rendered": 0.1, "texture": 0.3}


def draw(groups, side, rng):
    """One picture to learn from: side × side × 3, from 0 to 1."""
    names = [name for name in SHARES if name == "texture" or groups.get(name)]
    shares = np.array([SHARES[name] for name in names])

    def piece():
        name = rng.choice(names, p=shares / shares.sum())
        if name == "texture":
            return texture(side, rng)
        pictures = groups[name]
        return crop(pictures[rng.integers(len(pictures))], side, rng).astype(np.float32) / 255

    picture = piece()
    if rng.random() < 0.3:
        other, mask = piece(), noise(side, rng)[..., None] > rng.uniform(0.4, 0.7)
        picture = np.where(mask, other, picture)
    return lit(picture, rng)
