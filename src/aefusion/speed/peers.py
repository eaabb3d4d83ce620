"""Laplacian pyramids, which the engines of a network are timed beside."""

from collections.abc import Callable

import numpy as np

Fuse = Callable[[np.ndarray, np.ndarray], np.ndarray]


def laplacian_pyramid(threads: int) -> Fuse:
    """The method `lp` of the library."""
    import cv2

    from aefusion.library.lp import lp

    cv2.setNumThreads(threads)
    return lp


def opencv_pyramid(threads: int) -> Fuse:
    """`plain_pyramid` on that many threads."""
    import cv2

    cv2.setNumThreads(threads)
    return plain_pyramid


def plain_pyramid(a: np.ndarray, b: np.ndarray, levels: int = 4) -> np.ndarray:
    """The Laplacian pyramid as one writes it with OpenCV: in each band the stronger source, below them the mean.

    ``a``, ``b``: float32 (H, W) in [0, 1]; so is the result.
    """
    import cv2

    bands = []
    for _ in range(levels):
        low_a, low_b = cv2.pyrDown(a), cv2.pyrDown(b)
        size = (a.shape[1], a.shape[0])
        band_a, band_b = a - cv2.pyrUp(low_a, dstsize=size), b - cv2.pyrUp(low_b, dstsize=size)
        bands.append(np.where(np.abs(band_a) >= np.abs(band_b), band_a, band_b))
        a, b = low_a, low_b
    fused = (a + b) / 2
    for band in reversed(bands):
        fused = cv2.pyrUp(fused, dstsize=(band.shape[1], band.shape[0])) + band
    return np.clip(fused, 0, 1)
