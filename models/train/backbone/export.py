"""Writes a trained backbone as ONNX, batch norms folded into the convolutions."""

import argparse

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

from net import OUTPUTS, Backbone


def folded(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Sequential) and isinstance(child[0], torch.nn.Conv2d):
            child[0] = fuse_conv_bn_eval(child[0], child[1])
            child[1] = torch.nn.Identity()
        folded(child)
    return module


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    state = torch.load(args.weights, weights_only=False, map_location="cpu")
    net = Backbone()
    net.load_state_dict(state["net"])
    net = folded(net.eval())
    sides = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        net, torch.rand(1, 3, 256, 256), args.out, input_names=["image"], output_names=list(OUTPUTS),
        opset_version=18, dynamo=False, dynamic_axes={"image": sides, **{name: {0: "batch"} for name in OUTPUTS}},
    )


if __name__ == "__main__":
    main()
