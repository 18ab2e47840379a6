"""The backbone that ships with the product: plain 3×3 convolutions, three levels of features."""

import torch
from torch import nn

# Channels of the features at strides 4, 8 and 16: what is kept of the teacher's 144, 192 and 576.
OUTPUTS = {"s4": 64, "s8": 96, "s16": 160}
WIDTHS = (24, 48, 96, 144)


def conv(inside, outside, stride=1):
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


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
