"""Where a source alone shows something: what it shows there should keep its full strength."""

from torch import Tensor
from torch.nn import functional as F

WINDOW = 9
"""Pixels across of the neighbourhood that must be black."""
BLACK, GRAY = 0.04, 0.10
"""Up to which mean a neighbourhood is black, and from which it is not."""
WHITE = 0.95
"""From here on a source may be clipped: what it shows there is nothing that must be kept."""


def alone(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """How much each pixel is shown by `a` alone, and by `b` alone; of float (N, 1, H, W) in [0, 1], the same.

    1 where the other source is black around it and this one is neither black nor clipped, 0 where the other is not.
    The mean of both, which fusion takes where nothing tells more, is half as bright there as the one that shows
    anything: white matter in MRI beside an empty CT, a street at night beside an infrared picture of it.
    """
    black_a, black_b = black(a), black(b)
    return black_b * (1 - black_a) * unclipped(a), black_a * (1 - black_b) * unclipped(b)


def black(x: Tensor) -> Tensor:
    side = WINDOW // 2
    around = F.avg_pool2d(x, WINDOW, 1, side, count_include_pad=False)
    return ((GRAY - around) / (GRAY - BLACK)).clamp(0, 1)


def unclipped(x: Tensor) -> Tensor:
    return ((1 - x) / (1 - WHITE)).clamp(0, 1)


def at_full_strength(a: Tensor, b: Tensor, target: Tensor) -> Tensor:
    """A teacher's picture, but each source as it is where it alone shows something.

    >>> import torch
    >>> a, b = torch.full((1, 1, 20, 20), 0.6), torch.zeros(1, 1, 20, 20)
    >>> round(at_full_strength(a, b, (a + b) / 2).mean().item(), 3)
    0.6
    """
    only_a, only_b = alone(a, b)
    return target + only_a * (a - target) + only_b * (b - target)
