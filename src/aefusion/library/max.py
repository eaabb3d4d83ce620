import numpy as np


def max(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The brighter of both sources at each pixel.

    ``a``, ``b``: float32 (H, W) in [0, 1]. Returns float32 (H, W) in [0, 1].
    """
    return np.maximum(a, b)
