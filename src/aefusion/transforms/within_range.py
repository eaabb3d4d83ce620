"""A band-blended picture, kept within the range of what it is blended of."""

import numpy as np

FREE = np.float32(0.7)
"""The share of the way from the local mean to its limit in which nothing is changed."""
FULL = np.float32(0.43)
"""A local mean further than this from black, and from white, is as good as the middle."""


def within_range(coarse: np.ndarray, mean: np.ndarray, shadows: float, highlights: float) -> np.ndarray:
    """A band-blended picture at a coarse size, brought towards its local mean where it nears black or white too far.

    ``coarse``: float32 (H, W) or (H, W, 3), of any range. ``mean``: the same shape, in [0, 1]: the weighted mean of the
    pictures at that size, which is what the best of them show there. ``shadows``, ``highlights``: in [0, 1], how much
    of the mean's distance from black, and from white, is kept at least: 0 keeps the result in [0, 1], with 1 nothing
    becomes darker, or brighter, than the mean. All channels get the same part of the mean, so that hues stay.

    >>> within_range(np.float32([[-0.3, 0.4]]), np.float32([[0.4, 0.5]]), 0.5, 0.5).round(2).tolist()
    [[0.20000000298023224, 0.4000000059604645]]
    """
    away = coarse - mean
    down = mean - np.float32(shadows) * np.minimum(mean, FULL)
    up = 1 - mean - np.float32(highlights) * np.minimum(1 - mean, FULL)
    part = np.abs(away) / np.maximum(np.where(away < 0, down, up), np.float32(1e-3))
    if part.ndim == 3:
        part = part.max(2, keepdims=True)
    limited = FREE + (1 - FREE) * np.tanh((part - FREE) / (1 - FREE))
    return mean + away * np.where(part > FREE, limited / np.maximum(part, FREE), np.float32(1))
