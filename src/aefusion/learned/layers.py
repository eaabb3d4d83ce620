"""Layers that several of the networks have."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Padding = Literal["reflect", "replicate", "zeros"]


def convolution(inputs: int, outputs: int, size: int = 3, padding: Padding = "reflect", bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, padding_mode=padding, bias=bias)


class PictureNorm(nn.BatchNorm2d):
    """Batch norm by the statistics of the very pictures that go through, as some authors' test scripts have it.

    ``loaded``: whether the trained scale and shift are applied after it; those scripts do not load them.
    """

    loaded = True

    def forward(self, input: Tensor) -> Tensor:
        scale, shift = (self.weight, self.bias) if self.loaded else (None, None)
        return F.batch_norm(input, None, None, scale, shift, True, 0.0, self.eps)


def set_loaded(network: nn.Module, loaded: bool) -> nn.Module:
    """The network, with `PictureNorm.loaded` set in all of its layers."""
    for module in network.modules():
        if isinstance(module, PictureNorm):
            module.loaded = loaded
    return network


def joined(*maps: Tensor) -> Tensor:
    """All of their channels, one after the other."""
    return torch.cat(maps, dim=1)
