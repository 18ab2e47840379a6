"""The demo's network: a small U-Net whose map has half the input's resolution."""

import torch
from torch import nn

CLASSES = ["scratch", "stain", "missing", "misprint"]
INPUT_WIDTH, INPUT_HEIGHT = 320, 240


def block(inside: int, outside: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, dilation, dilation, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class Net(nn.Module):
    """1 × 3 × 240 × 320 (RGB, 0 to 1) to logits 1 × 4 × 120 × 160."""

    def __init__(self, widths: tuple[int, int, int, int] = (16, 24, 40, 56)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.at_half = nn.Sequential(block(3, a, stride=2), block(a, a))
        self.at_quarter = nn.Sequential(block(a, b, stride=2), block(b, b))
        self.at_eighth = nn.Sequential(block(b, c, stride=2), block(c, c))
        self.at_sixteenth = nn.Sequential(block(c, d, stride=2), block(d, d, dilation=2), block(d, d))
        self.up_eighth = block(d + c, c)
        self.up_quarter = block(c + b, b)
        self.up_half = block(b + a, a)
        self.head = nn.Conv2d(a, len(CLASSES), 1)
        nn.init.constant_(self.head.bias, -4.0)
        self.grow = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        half = self.at_half(image - 0.4)
        quarter = self.at_quarter(half)
        eighth = self.at_eighth(quarter)
        deep = self.at_sixteenth(eighth)
        deep = self.up_eighth(torch.cat([self.grow(deep), eighth], 1))
        deep = self.up_quarter(torch.cat([self.grow(deep), quarter], 1))
        deep = self.up_half(torch.cat([self.grow(deep), half], 1))
        return self.head(deep)


class Scores(nn.Module):
    """What is exported: the same with scores from 0 to 1."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.net(image))
