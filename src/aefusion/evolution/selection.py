"""A start by rule: a network set to take each pixel from the source with more detail around it.

Where one source is sharp and the other is not, one of them is right, and a network that is still unsure gives the mean
of both. A rule that chooses (by a measure of activity, as in Burt and Kolczynski 1993, Enhanced image capture through
fusion) can be written in two non-linear layers. With d half the difference of the sources, and s positive where the
first has more detail,

    |d + s| - |d - s| = 2 sign(d s) min(|d|, |s|)

is twice d times the sign of s where |s| is at least |d|: half of it added to the mean of the sources is the source with
more detail; where |s| is smaller, something between. C1 measures detail, the block R computes the four halves of the
two absolute values, C2 adds. That is AE-Netv2+; `evolution.selection_squeeze` has the blocks with a squeeze.

On a pyramid d is taken without its low frequencies: the rule then chooses bands, as a Laplacian pyramid does.
"""

import torch
from torch import Tensor

from aefusion.evolution.selection_squeeze import BASE, QUIET, select_with_squeeze, select_with_squeeze2
from aefusion.evolution.waves import BOX, keep_zero, waves
from aefusion.network.module import Network
from aefusion.network.pyramid import PyramidNetwork

BINOMIAL = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
GATES = ((BOX, 6.0), (BOX, 12.0), (BOX, 24.0), (BINOMIAL, 12.0))
"""Windows over which detail is counted, and s by detail: how hard each gate chooses. The result is their mean."""
DETAIL, GRAY, GATED = (range(16), range(16, 32)), (32, 33), range(34, 34 + 4 * len(GATES))
"""Maps of C1 with the detail and the gray of the first and the second source; maps of R with the gates."""


@torch.no_grad()
def select_by_detail(network: Network, a: Tensor, b: Tensor) -> None:
    """Set the weights of a network to that rule: AE-Netv2+, R = Squeeze+GCB or Squeeze2+GCB, plain or on the pyramid.

    `a` and `b`, float (N, 1, H, W) in [0, 1], are the pictures that its batch norms take their statistics from.
    """
    if hasattr(network, "r1_squeeze"):
        select_with_squeeze2(network, a, b)
    elif hasattr(network, "r_squeeze"):
        select_with_squeeze(network, a, b)
    else:
        select_with_regular(network, a, b)


@torch.no_grad()
def select_with_regular(network: Network, a: Tensor, b: Tensor) -> None:
    """Set the weights of AE-Netv2+ to that rule.

    `a` and `b`, float (N, 1, H, W) in [0, 1], are the pictures that its batch norms take their statistics from. C2
    hears the sum of map i of C1 and map i of R: where one of the two carries the rule, the other is made quiet (16 of
    C1, 2 of R). The other maps (14 of C1, 46 of R) keep their random weights, and C2 does not listen to them yet.
    """
    weights = dict(network.named_parameters())
    c1, r, c2 = (weights[f"{name}.weight"] for name in ("c1", "r", "c2"))
    for source in (0, 1):
        channels = slice(3 * source, 3 * source + 3)
        halves = [sign * wave for wave in waves() for sign in (1, -1)]
        c1[[*DETAIL[source], GRAY[source]]] = 0
        for i, wave in zip(DETAIL[source], halves, strict=True):
            c1[i, channels] = wave.to(c1) / 3
        c1[GRAY[source], channels, 1, 1] = 1 / 3
    network.calibrate(a, b)
    scale = keep_zero(network, "c1_norm", [*DETAIL[0], *DETAIL[1], *GRAY])
    weights["c1_norm.weight"][list(GATED)] = QUIET

    pyramid = isinstance(network, PyramidNetwork)
    point = torch.zeros(3, 3)
    point[1, 1] = 1
    difference = point - (1 - BASE) * BOX if pyramid else point
    r[list(GATED)] = 0
    signs = [(1, 1), (-1, -1), (1, -1), (-1, 1)]
    for i, (gate, (sign_d, sign_s)) in zip(GATED, [(gate, pair) for gate in GATES for pair in signs], strict=True):
        window, strength = gate
        for source, side in ((0, 1), (1, -1)):
            for j in DETAIL[source]:
                r[i, j] = side * sign_s * strength * window.to(r) * scale[j]
            r[i, GRAY[source]] = side * sign_d * difference.to(r) * scale[GRAY[source]] / 2
    network.calibrate(a, b)
    scale_r = keep_zero(network, "r_norm", list(GATED))
    weights["r_norm.weight"][list(GRAY)] = QUIET

    c2[:] = 0
    for source in (0, 1):
        c2[0, GRAY[source], 1, 1] = scale[GRAY[source]] / 2
    for i, (sign_d, sign_s) in zip(GATED, signs * len(GATES), strict=True):
        heard = point + BOX if pyramid else point
        c2[0, i] = heard.to(c2) * sign_d * sign_s * scale_r[i] / 2 / len(GATES)
    network.calibrate(a, b)
    scale_c2 = keep_zero(network, "c2_norm", [0])
    for name in ("c2_norm.weight", "c2_norm.bias"):
        weights[name].mul_(scale_c2)
