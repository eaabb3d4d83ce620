import numpy as np


def average(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The mean of both sources.

    ``a``, ``b``: float32 (H, W) in [0, 1]. Returns float32 (H, W) in [0, 1].
    """
    return (a + b) / 2
