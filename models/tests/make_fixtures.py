"""Makes the tiny ONNX graphs in fixtures/, whose answers are known by hand.

    python3 -m venv .venv && .venv/bin/pip install onnx==1.23.2
    .venv/bin/python models/tests/make_fixtures.py

The files are committed; run this only to change them. Opset 21, IR 10.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FIXTURES = Path(__file__).parent / "fixtures"
HEIGHT, WIDTH = 12, 16


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    opset = helper.make_opsetid("", 21)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10, producer_name="make_fixtures")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, FIXTURES / f"{name}.onnx")


def constant(name, shape, values):
    return helper.make_tensor(name, TensorProto.FLOAT, shape, values)


# Two classes: red - 0.5 and blue - green, as logits; the size is halved by a stride of 2.
WEIGHTS = constant("weights", [2, 3, 1, 1], [1, 0, 0, 0, -1, 1])
BIAS = constant("bias", [2], [-0.5, 0])


def conv(output):
    return helper.make_node("Conv", ["image", "weights", "bias"], [output], strides=[2, 2])


IMAGE = value("image", [1, 3, HEIGHT, WIDTH])
SCORES = value("scores", [1, 2, HEIGHT // 2, WIDTH // 2])
SIGMOID = helper.make_node("Sigmoid", ["logits"], ["scores"])

FIXTURES.mkdir(exist_ok=True)
save("segment", [conv("logits"), SIGMOID], [IMAGE], [SCORES], [WEIGHTS, BIAS])
save("logits", [conv("scores")], [IMAGE], [SCORES], [WEIGHTS, BIAS])
free = value("scores", ["batch", 2, "map_height", "map_width"])
image = value("image", ["batch", 3, "height", "width"])
save("free-sides", [conv("logits"), SIGMOID], [image], [free], [WEIGHTS, BIAS])
# sqrt of a negative number: NaN wherever red is below a half, a number elsewhere.
root = helper.make_node("Sqrt", ["logits"], ["scores"])
save("not-a-number", [conv("logits"), root], [IMAGE], [SCORES], [WEIGHTS, BIAS])
# Three channels where the manifest says two classes, which only a run shows: each channel of the
# image is kept if its largest value is a number.
axes = helper.make_tensor("axes", TensorProto.INT64, [3], [0, 2, 3])
nodes = [
    helper.make_node("ReduceMax", ["image", "axes"], ["largest"], keepdims=0),
    helper.make_node("IsNaN", ["largest"], ["is_nan"]),
    helper.make_node("Not", ["is_nan"], ["is_number"]),
    helper.make_node("Compress", ["image", "is_number"], ["scores"], axis=1),
]
image = value("image", ["batch", 3, "height", "width"])
free = value("scores", ["batch", "classes", "map_height", "map_width"])
save("three-channels", nodes, [image], [free], [axes])
# Two inputs.
add = helper.make_node("Add", ["image", "other"], ["scores"])
three_of = value("scores", [1, 3, HEIGHT, WIDTH])
other = value("other", [1, 3, HEIGHT, WIDTH])
save("two-inputs", [add], [IMAGE, other], [three_of])
# Bytes in: the manifest knows f32 only.
cast = helper.make_node("Cast", ["image"], ["scores"], to=TensorProto.FLOAT)
save("bytes-in", [cast], [value("image", [1, 3, HEIGHT, WIDTH], TensorProto.UINT8)], [three_of])
# A reshape to a fixed size that does not fit: the graph is built, and fails when it runs.
shape = helper.make_tensor("shape", TensorProto.INT64, [4], [1, 2, 7, 5])
reshape = helper.make_node("Reshape", ["image", "shape"], ["scores"])
save("fails-to-run", [reshape], [image], [value("scores", [1, 2, 7, 5])], [shape])
# Another answer each time.
noise = helper.make_node("RandomUniformLike", ["first"], ["noise"], low=0.0, high=0.5)
half = constant("half", [1], [0.5])
nodes = [conv("logits"), helper.make_node("Sigmoid", ["logits"], ["first"]), noise]
nodes += [helper.make_node("Mul", ["first", "half"], ["halved"]), helper.make_node("Add", ["halved", "noise"], ["scores"])]
save("unsteady", nodes, [IMAGE], [SCORES], [WEIGHTS, BIAS, half])
