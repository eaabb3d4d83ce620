"""The start by rule for the blocks Squeeze+GCB and Squeeze2+GCB: see `evolution.selection` for what the rule chooses.

With d half the difference of the sources, S+ and S- what the first and what the second source has more of detail, and
k a strength, the four gates

    relu(d - k S-) - relu(d - k S+) - relu(-d - k S-) + relu(-d - k S+)

are d where the first source has more detail, and -d where the second one has; where S is small beside d, something
between. Their sum with the mean of the sources is the source with more detail. No gate is larger than d.

On a pyramid d is taken without its low frequencies: the rule then chooses bands, as a Laplacian pyramid does, and a
share `BASE` of what lies below them.
"""

import torch
from torch import Tensor

from aefusion.evolution.alive import wake
from aefusion.evolution.waves import BOX, keep_zero, waves
from aefusion.network.module import Network
from aefusion.network.pyramid import PyramidNetwork

STRENGTHS = (6.0, 12.0, 24.0)
"""Strengths of the gates; the result is their mean."""
BASE = 0.1
"""How much of the low frequencies the rule chooses on each level of a pyramid; the rest is the mean of the sources."""
QUIET = 1e-3
"""Scale of maps that the rule needs to be silent: not 0, where they would never learn."""
LARGEST = 20.0
"""More than the largest difference of detail, times the first strength."""


def place(channel: int) -> int:
    """Where the shuffle in 16 groups puts a channel of the 64 that the expansions give."""
    return channel % 4 * 16 + channel // 4


class Listening:
    """The maps of C1 that the rule needs, once they are set: where each stands, and how a later layer hears it."""

    def __init__(self, network: Network, a: Tensor, b: Tensor, gates: list[int], gray: tuple[int, int]):
        """`gates`, `gray`: where C2 will hear the gates, and the sources; elsewhere stand the maps of detail."""
        free = [i for i in range(64) if i not in (*gates, *gray)]
        self.detail, self.gray = (free[:16], free[16:32]), gray
        self.high, self.low = free[32:34], free[34:36]
        """d without and with only what a mean of 3 x 3 pixels keeps: of each the part above 0, and that below."""
        weights = dict(network.named_parameters())
        c1 = weights["c1.weight"]
        used = [*self.detail[0], *self.detail[1], *gray, *self.high, *self.low]
        c1[used] = 0
        point = torch.zeros(3, 3)
        point[1, 1] = 1
        halves = [sign * wave for wave in waves() for sign in (1, -1)]
        for source, side in ((0, 1), (1, -1)):
            channels = slice(3 * source, 3 * source + 3)
            for i, wave in zip(self.detail[source], halves, strict=True):
                c1[i, channels] = wave.to(c1) / 3
            c1[gray[source], channels, 1, 1] = 1 / 3
            for kernel, maps in ((point - BOX, self.high), (BOX, self.low)):
                for i, sign in zip(maps, (1, -1), strict=True):
                    c1[i, channels] = sign * side * kernel.to(c1) / 6
        network.calibrate(a, b)
        self.scale = keep_zero(network, "c1_norm", used)
        weights["c1_norm.weight"][gates] = QUIET

    def detail_to(self, row: Tensor, strength: float) -> None:
        """Let a 1 x 1 filter (64, 1, 1) hear what the first source has more of detail."""
        for source, side in ((0, 1), (1, -1)):
            row[self.detail[source], 0, 0] = side * strength * self.scale[self.detail[source]]

    def to(self, row: Tensor, maps: list[int], amounts: tuple[float, float]) -> None:
        """Let a 1 x 1 filter hear these two maps."""
        for i, amount in zip(maps, amounts, strict=True):
            row[i, 0, 0] = amount * self.scale[i]


@torch.no_grad()
def select_with_squeeze2(network: Network, a: Tensor, b: Tensor) -> None:
    """Set R = Squeeze2+GCB to the rule; `a` and `b` as for `select_by_detail`.

    The first squeeze compares the detail, the 3 x 3 of the first expansion sum that over a window, the second squeeze
    gates, the second expansion adds up the strengths, and C2 adds the sources. 24 maps of C1, 11 and 4 of the squeezes
    and most of the expansions are free: they are woken, and C2 does not listen to them yet.
    """
    weights = dict(network.named_parameters())
    maps = Listening(network, a, b, [place(0), place(1)], (place(2), place(3)))
    base = BASE if isinstance(network, PyramidNetwork) else 1.0
    wake(network, a, b)
    squeeze, offset = weights["r1_squeeze.weight"], weights["r1_squeeze.bias"]
    squeeze[:5], offset[:5] = 0, 0
    maps.detail_to(squeeze[0], 1.0)
    offset[0] = 1.0
    for row, i in enumerate((*maps.high, *maps.low), 1):
        squeeze[row, i] = maps.scale[i]
    one, three = weights["r1_expand1.weight"], weights["r1_expand3.weight"]
    one[:4], weights["r1_expand1.bias"][:4] = 0, 0
    for row in range(4):
        one[row, row + 1] = 1
    box = BOX.to(three)
    for row, (kernel, constant) in {
        0: (box, -1.0),
        1: (-box, 1.0),
        2: (box, 0),
        4: (box, 0),
        6: (box, 0),
        8: (box, 0),
    }.items():
        three[row, 0], weights["r1_expand3.bias"][row] = kernel, constant
    wake(network, a, b, _others(network, {"r2_squeeze": 0, "r2_expand1": 0, "r2_expand3": 0}))

    squeeze, offset = weights["r2_squeeze.weight"], weights["r2_squeeze.bias"]
    more, less = place(32), place(33)
    # d from its parts: pointwise high, pointwise low, and both once more after the window.
    if base == 1.0:
        parts = {0: 1.0, 1: -1.0, 2: 1.0, 3: -1.0}
    else:
        parts = {0: 1.0, 1: -1.0, 34: 1.0, 36: -1.0, 38: base, 40: -base}
    gates = [(k, sign, other) for k in STRENGTHS for sign, other in ((1, less), (1, more), (-1, less), (-1, more))]
    squeeze[: len(gates)], offset[: len(gates)] = 0, 0
    for row, (strength, sign, other) in enumerate(gates):
        for part, amount in parts.items():
            squeeze[row, place(part), 0, 0] = sign * amount
        squeeze[row, other, 0, 0] = -strength
    wake(network, a, b, _others(network, {"r2_squeeze": len(gates), "r2_expand1": 0, "r2_expand3": 0}))
    one, constant = weights["r2_expand1.weight"], weights["r2_expand1.bias"]
    one[:2], constant[:2] = 0, 0
    for row in range(len(gates)):
        one[0 if row % 4 in (0, 3) else 1, row] = 1 / len(STRENGTHS)
    one[2:4] *= QUIET
    constant[2:4] *= QUIET
    _add(network, a, b, maps, {place(0): 1.0, place(1): -1.0}, base)


@torch.no_grad()
def select_with_squeeze(network: Network, a: Tensor, b: Tensor) -> None:
    """Set R = Squeeze+GCB to the rule; `a` and `b` as for `select_by_detail`.

    With one squeeze less there is no layer between the window and the gates. So d is chosen in two parts. What a mean
    of 3 x 3 pixels takes from d is chosen pixel by pixel, by the 1 x 1 expansion. The rest is chosen over a window: the
    squeeze gives k s + d and k s - d, with s = S+ - S- and enough added to stay above 0, and the 3 x 3 expansion gives
    the absolute values of their means, whose difference is twice d times the sign of s where k |s| is at least |d|.
    """
    weights = dict(network.named_parameters())
    hard = [place(i) for i in range(4 * len(STRENGTHS))]
    wide = [place(i) for i in range(40, 44)]
    quiet = (len(hard), len(hard) + 1)
    maps = Listening(network, a, b, [*hard, *wide], (place(quiet[0]), place(quiet[1])))
    pyramid = isinstance(network, PyramidNetwork)
    wake(network, a, b)
    squeeze, offset = weights["r_squeeze.weight"], weights["r_squeeze.bias"]
    squeeze[:6], offset[:6] = 0, 0
    for row, sign in ((0, 1.0), (1, -1.0)):
        maps.detail_to(squeeze[row], sign)
        maps.to(squeeze[row + 2], maps.high, (1.0, 0.0) if sign > 0 else (0.0, 1.0))
    for row, sign in ((4, 1.0), (5, -1.0)):
        squeeze[row] = 0
        maps.detail_to(squeeze[row], STRENGTHS[0] / LARGEST)
        # The window takes the mean: of d it leaves what is low, on a pyramid the middle.
        high, low = (1.0, BASE) if pyramid else (1.0, 1.0)
        maps.to(squeeze[row], maps.high, (sign * high / LARGEST, -sign * high / LARGEST))
        maps.to(squeeze[row], maps.low, (sign * low / LARGEST, -sign * low / LARGEST))
        offset[row] = 1.0
    one, constant = weights["r_expand1.weight"], weights["r_expand1.bias"]
    gates = [(k, sign, other) for k in STRENGTHS for sign, other in ((1, 1), (1, 0), (-1, 1), (-1, 0))]
    wake(network, a, b, _others(network, {"r_squeeze": 6, "r_expand1": 0, "r_expand3": 0}))
    one[: len(gates)], constant[: len(gates)] = 0, 0
    for row, (strength, sign, other) in enumerate(gates):
        one[row, 2, 0, 0], one[row, 3, 0, 0], one[row, other, 0, 0] = sign, -sign, -strength
    one[list(quiet)] *= QUIET
    constant[list(quiet)] *= QUIET
    three, constant = weights["r_expand3.weight"], weights["r_expand3.bias"]
    for row, side in ((8, 1), (9, -1), (10, 1), (11, -1)):
        three[row, 0], constant[row] = side * BOX.to(three) * LARGEST, -side * LARGEST
    heard = {place(i): (1.0 if i % 4 in (0, 3) else -1.0) / len(STRENGTHS) for i in range(len(gates))}
    heard |= {place(i): 0.5 if i in (40, 41) else -0.5 for i in range(40, 44)}
    _add(network, a, b, maps, heard, BASE if pyramid else 1.0)


def _others(network: Network, first: dict[str, int]) -> dict[str, Tensor]:
    """Of each of these convolutions the maps from that one on."""
    rows = {name: len(dict(network.named_parameters())[f"{name}.weight"]) for name in first}
    return {name: torch.arange(rows[name]) >= start for name, start in first.items()}


def _add(network: Network, a: Tensor, b: Tensor, maps: Listening, heard: dict[int, float], base: float) -> None:
    """Let C2 add the mean of the sources and the maps that are `heard`."""
    weights = dict(network.named_parameters())
    c2 = weights["c2.weight"]
    c2[:] = 0
    for i in maps.gray:
        c2[0, i, 1, 1] = maps.scale[i] / 2
    for i, amount in heard.items():
        c2[0, i, 1, 1] = amount
        if base < 1.0:  # the band that a level adds is wider than what 3 x 3 or 5 x 5 pixels take from d
            c2[0, i] += amount * BOX.to(c2)
    network.calibrate(a, b)
    scale = keep_zero(network, "c2_norm", [0])
    for name in ("c2_norm.weight", "c2_norm.bias"):
        weights[name].mul_(scale)
