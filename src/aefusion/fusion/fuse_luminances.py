"""The luminances of two sources or more become one."""

from collections.abc import Callable, Sequence

import numpy as np


def fuse_luminances(engine: Callable[..., np.ndarray], grays: Sequence[np.ndarray]) -> np.ndarray:
    """What an engine makes of luminances, two or more, (H, W) each, of one size and dtype.

    An engine whose ``many`` is true takes all at once, and their order makes no difference. Any other takes the first
    two, then their result and the third, and so on: the order counts.
    """
    if len(grays) == 2 or getattr(engine, "many", False):
        return engine(*grays)
    fused = grays[0]
    for gray in grays[1:]:
        fused = engine(fused, gray)
    return fused
