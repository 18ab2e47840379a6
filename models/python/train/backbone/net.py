"""The backbone that ships with the product: plain 3×3 convolutions, three levels of features.

It is trained with batch norms first. Then they are folded into the convolutions (`folded`) and it is trained on as
it will run: a batch norm that sees its own batch hides what a single unusual picture does to the values."""

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Channels of the features at strides 4, 8 and 16: what is kept of the teacher's 144, 192 and 576.
OUTPUTS = {"s4": 64, "s8": 96, "s16": 160}
WIDTHS = (24, 48, 96, 144)
# No value is larger than 6 on its way (ReLU6): without a bound, saturated colours gave features fifty times as long
# as any other.


def conv(inside, outside, stride=1):
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU6(inplace=True)
    )


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return nn.functional.relu6(x + self.second(self.first(x)))


class Backbone(nn.Module):
    """Red, green and blue from 0 to 1 in, N × 3 × H × W; features at strides 4, 8 and 16 out."""

    def __init__(self):
        super().__init__()
        stem, *widths = WIDTHS
        self.stem = conv(3, stem, 2)
        self.stages = nn.ModuleList()
        self.heads = nn.ModuleList()
        for before, width, outputs in zip((stem, *widths), widths, OUTPUTS.values()):
            self.stages.append(nn.Sequential(conv(before, width, 2), Block(width), Block(width)))
            self.heads.append(nn.Conv2d(width, outputs, 1))

    def forward(self, image):
        x = self.stem(image * 4 - 2)
        features = []
        for stage, head in zip(self.stages, self.heads):
            x = stage(x)
            features.append(head(x))
        return features


def folded(module):
    """Batch norms become part of the convolutions before them."""
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential) and isinstance(child[0], nn.Conv2d):
            child[0] = fuse_conv_bn_eval(child[0], child[1])
            child[1] = nn.Identity()
        folded(child)
    return module
