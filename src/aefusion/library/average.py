import numpy as np


def average(a: np.ndarray, b: np.ndarray, *more: np.ndarray) -> np.ndarray:
    """The mean of the sources.

    ``a``, ``b``, and any more: float32 (H, W) in [0, 1]. Returns float32 (H, W) in [0, 1].
    """
    return sum((b, *more), a) / (2 + len(more))
