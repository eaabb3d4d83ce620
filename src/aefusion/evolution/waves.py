"""What the starts by rule are written with: the cosine waves that measure detail, and norms that keep zero."""

import torch
from torch import Tensor, nn

from aefusion.network.module import Network

BOX = torch.ones(3, 3) / 9


def waves() -> list[Tensor]:
    """The eight cosine waves of 3 x 3 pixels that are not constant, each (3, 3) of norm 1 (Ahmed et al. 1974, DCT)."""
    position = torch.arange(3, dtype=torch.float64)
    lines = torch.cos(torch.pi * (position + 0.5) * position[:, None] / 3)
    lines = (lines / lines.norm(dim=1, keepdim=True)).float()
    return [torch.outer(lines[i], lines[j]) for i in range(3) for j in range(3) if i or j]


def keep_zero(network: Network, name: str, channels: list[int]) -> Tensor:
    """Let this norm divide these channels by their deviation only, and return the deviation of all."""
    norm = network.get_submodule(name)
    assert isinstance(norm, nn.BatchNorm2d)
    assert isinstance(norm.running_mean, Tensor) and isinstance(norm.running_var, Tensor)
    scale = torch.sqrt(norm.running_var + norm.eps)
    norm.weight[channels], norm.bias[channels] = 1.0, (norm.running_mean / scale)[channels]
    return scale
