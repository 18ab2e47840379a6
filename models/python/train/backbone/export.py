"""Writes a trained backbone as ONNX, batch norms folded into the convolutions."""

import argparse

import torch

from net import OUTPUTS, Backbone, folded


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    state = torch.load(args.weights, weights_only=False, map_location="cpu")
    net = Backbone().eval()
    if not state.get("is_folded"):
        net.load_state_dict(state["net"])
    net = folded(net)
    if state.get("is_folded"):
        net.load_state_dict(state["net"])
    sides = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        net, torch.rand(1, 3, 256, 256), args.out, input_names=["image"], output_names=list(OUTPUTS),
        opset_version=18, dynamo=False, dynamic_axes={"image": sides, **{name: {0: "batch"} for name in OUTPUTS}},
    )


if __name__ == "__main__":
    main()
