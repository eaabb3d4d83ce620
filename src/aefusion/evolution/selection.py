"""A start by rule: AE-Netv2+ set to take each pixel from the source with more detail around it.

Where one source is sharp and the other is not, one of them is right, and a network that is still unsure gives the mean
of both: from random weights training ends at softened choices. A rule that chooses (activity measures and a choice of
the maximum: Burt and Kolczynski 1993, Enhanced image capture through fusion) can be written in two non-linear layers.
With d half the difference of the sources, and s positive where the first has more detail,

    |d + s| - |d - s| = 2 sign(d s) min(|d|, |s|)

is twice d with the sign of s, as soon as s is the larger: half of it and the mean of the sources are the chosen source.
C1 measures detail, the block R computes the four halves of the two absolute values, C2 adds. Training goes on from it.
"""

import torch
from torch import Tensor, nn

from aefusion.network.module import Network

BOX = torch.ones(3, 3) / 9
BINOMIAL = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
GATES = ((BOX, 6.0), (BOX, 12.0), (BOX, 24.0), (BINOMIAL, 12.0))
"""Windows over which detail is counted, and how hard each gate chooses; the result is their mean."""
QUIET = 1e-3
"""Scale of maps that the rule needs to be silent: not 0, where they would never learn."""


@torch.no_grad()
def select_by_detail(network: Network, a: Tensor, b: Tensor) -> None:
    """Set the weights of AE-Netv2+ to that rule.

    `a` and `b`, float (N, 1, H, W) in [0, 1], are the pictures that its batch norms take their statistics from. What
    the rule does not use (14 maps of C1, 48 of R) keeps its random weights, and C2 does not listen to it yet.
    """
    weights = dict(network.named_parameters())
    c1, r, c2 = (weights[f"{name}.weight"] for name in ("c1", "r", "c2"))
    detail, gray = (range(16), range(16, 32)), (32, 33)
    gates = range(34, 34 + 4 * len(GATES))
    for source in (0, 1):
        channels = slice(3 * source, 3 * source + 3)
        halves = [sign * wave for wave in waves() for sign in (1, -1)]
        c1[[*detail[source], gray[source]]] = 0
        for i, wave in zip(detail[source], halves, strict=True):
            c1[i, channels] = wave / 3
        c1[gray[source], channels, 1, 1] = 1 / 3
    network.calibrate(a, b)
    scale = unshift(network, "c1_norm", [*detail[0], *detail[1], *gray])
    weights["c1_norm.weight"][list(gates)] = QUIET

    r[list(gates)] = 0
    signs = [(1, 1), (-1, -1), (1, -1), (-1, 1)]
    for i, (gate, (of_d, of_s)) in zip(gates, [(gate, pair) for gate in GATES for pair in signs], strict=True):
        window, strength = gate
        for source, side in ((0, 1), (1, -1)):
            for j in detail[source]:
                r[i, j] = side * of_s * strength * window * scale[j]
            r[i, gray[source], 1, 1] = side * of_d * scale[gray[source]] / 2
    network.calibrate(a, b)
    scale_r = unshift(network, "r_norm", list(gates))
    weights["r_norm.weight"][list(gray)] = QUIET

    c2[:] = 0
    for source in (0, 1):
        c2[0, gray[source], 1, 1] = scale[gray[source]] / 2
    for i, (of_d, of_s) in zip(gates, signs * len(GATES), strict=True):
        c2[0, i, 1, 1] = of_d * of_s * scale_r[i] / 2 / len(GATES)
    network.calibrate(a, b)
    scale_c2 = unshift(network, "c2_norm", [0])
    for name in ("c2_norm.weight", "c2_norm.bias"):
        weights[name].mul_(scale_c2)


def waves() -> list[Tensor]:
    """The eight cosine waves of 3 x 3 pixels that are not constant, each (3, 3) of norm 1 (Ahmed et al. 1974, DCT)."""
    position = torch.arange(3, dtype=torch.float64)
    lines = torch.cos(torch.pi * (position + 0.5) * position[:, None] / 3)
    lines = (lines / lines.norm(dim=1, keepdim=True)).float()
    return [torch.outer(lines[i], lines[j]) for i in range(3) for j in range(3) if i or j]


def unshift(network: Network, name: str, channels: list[int]) -> Tensor:
    """Let this norm divide these channels by their deviation only, and return the deviation of all."""
    norm = network.get_submodule(name)
    assert isinstance(norm, nn.BatchNorm2d)
    assert isinstance(norm.running_mean, Tensor) and isinstance(norm.running_var, Tensor)
    scale = torch.sqrt(norm.running_var + norm.eps)
    norm.weight[channels], norm.bias[channels] = 1.0, (norm.running_mean / scale)[channels]
    return scale
