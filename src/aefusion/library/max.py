from functools import reduce

import numpy as np


def max(a: np.ndarray, b: np.ndarray, *more: np.ndarray) -> np.ndarray:
    """The brightest of the sources at each pixel.

    ``a``, ``b``, and any more: float32 (H, W) in [0, 1]. Returns float32 (H, W) in [0, 1].
    """
    return reduce(np.maximum, (b, *more), a)
