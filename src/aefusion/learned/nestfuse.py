import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import convolution, joined
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

WIDTHS = (64, 112, 160, 208)
LEAST = 16
"""Three poolings, and a row and a column more to reflect."""


class Block(nn.Sequential):
    """A 3x3 convolution to half of the maps, and a 1x1 convolution, each with ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(convolution(inputs, inputs // 2), nn.Conv2d(inputs // 2, outputs, 1))

    def forward(self, input: Tensor) -> Tensor:
        for layer in self:
            input = F.relu(layer(input))
        return input


class NestFuse(nn.Module):
    """An encoder of four scales, attention at each, and a decoder with nested connections; 2,732,761 parameters.

    Gray pictures (N, 1, H, W) in [0, 255]; the result is the same.
    """

    def __init__(self):
        super().__init__()
        one, two, three, four = WIDTHS
        self.conv0 = nn.Conv2d(1, 16, 1)
        self.DB1_0, self.DB2_0, self.DB3_0, self.DB4_0 = (
            Block(16, one),
            Block(one, two),
            Block(two, three),
            Block(three, four),
        )
        self.DB1_1, self.DB2_1, self.DB3_1 = Block(one + two, one), Block(two + three, two), Block(three + four, three)
        self.DB1_2, self.DB2_2 = Block(2 * one + two, one), Block(2 * two + three, two)
        self.DB1_3 = Block(3 * one + two, one)
        self.conv_out = nn.Conv2d(one, 1, 1)
        self.attention = "max"

    def encode(self, x: Tensor) -> list[Tensor]:
        """Maps of a picture at four scales."""
        maps = [self.DB1_0(F.relu(self.conv0(x)))]
        for block in (self.DB2_0, self.DB3_0, self.DB4_0):
            maps.append(block(F.max_pool2d(maps[-1], 2)))
        return maps

    def decode(self, maps: list[Tensor]) -> Tensor:
        """The picture of maps at four scales."""
        f1, f2, f3, f4 = maps
        x11 = self.DB1_1(joined(f1, twice(f2, f1)))
        x21 = self.DB2_1(joined(f2, twice(f3, f2)))
        x12 = self.DB1_2(joined(f1, x11, twice(x21, f1)))
        x31 = self.DB3_1(joined(f3, twice(f4, f3)))
        x22 = self.DB2_2(joined(f2, x21, twice(x31, f2)))
        x13 = self.DB1_3(joined(f1, x11, x12, twice(x22, f1)))
        return F.relu(self.conv_out(x13))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        pairs = zip(self.encode(a), self.encode(b), strict=True)
        return self.decode([(by_channels(x, y, self.attention) + by_places(x, y)) / 2 for x, y in pairs])


def by_channels(a: Tensor, b: Tensor, attention: str) -> Tensor:
    """Each map of both by its share of their averages, maxima or nuclear norms."""
    if attention == "avg":
        strong_a, strong_b = (x.mean(dim=(2, 3), keepdim=True) for x in (a, b))
    elif attention == "max":
        strong_a, strong_b = (x.amax(dim=(2, 3), keepdim=True) for x in (a, b))
    else:
        strong_a, strong_b = (torch.linalg.matrix_norm(x, "nuc")[:, :, None, None] for x in (a, b))
    total = strong_a + strong_b + 1e-5
    return strong_a / total * a + strong_b / total * b


def by_places(a: Tensor, b: Tensor) -> Tensor:
    """Both by the softmax of the mean over their maps, so written that nothing overflows."""
    mean_a, mean_b = (x.mean(dim=1, keepdim=True) for x in (a, b))
    top = torch.maximum(mean_a, mean_b)
    strong_a, strong_b = torch.exp(mean_a - top), torch.exp(mean_b - top)
    total = strong_a + strong_b + 1e-5 * torch.exp(-top)
    return strong_a / total * a + strong_b / total * b


def twice(maps: Tensor, like: Tensor) -> Tensor:
    """Maps of twice the size, reflected where those of ``like`` are larger."""
    maps = F.interpolate(maps, scale_factor=2, mode="nearest")
    rows, columns = (like.shape[i] - maps.shape[i] for i in (2, 3))
    return F.pad(maps, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2], "reflect")


def nestfuse(
    a: np.ndarray, b: np.ndarray, *, attention: str = "max", as_reference: bool = False, weights: Weights | None = None
) -> np.ndarray:
    """NestFuse: an auto-encoder with nested connections, whose maps are fused by attention to channels and places.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``attention``: what is compared of each map: "max", "avg" or "nuclear".
    ``as_reference``: the result stretched from its darkest to its brightest pixel and cut to whole gray levels, as the
    authors write it. They cut pictures of more than 512 pixels a side in four, which is not done here. ``weights``: the
    name of an installed set (see `aefusion weights`), a file, or a state dict. Returns float32 (H, W) in [0, 1].

    H. Li, X. Wu, T. Durrani, 2020, NestFuse: an infrared and visible image fusion architecture based on nest connection
    and spatial/channel attention models.
    """
    if attention not in ("max", "avg", "nuclear"):
        raise ValueError(f"attention is {attention!r}: give 'max', 'avg' or 'nuclear'")
    network = ready("nestfuse", NestFuse, weights)
    network.attention = attention
    fused = run(network, 255 * a, 255 * b, least=LEAST)[0]
    if as_reference:
        return np.floor(255 * stretch(fused)) / np.float32(255)
    return np.clip(fused / 255, 0, 1)
