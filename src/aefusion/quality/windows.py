"""Local statistics for the metrics that weigh the SSIM of both sources window by window."""

from typing import NamedTuple

import numpy as np

from aefusion.quality.arrays import FLAT, filter_valid, gray_levels, ratio


class Statistics(NamedTuple):
    """Of a pair of pictures at each window: similarity, both variances, covariance; (H - size + 1, ...)."""

    similarity: np.ndarray
    variance_x: np.ndarray
    variance_y: np.ndarray
    covariance: np.ndarray


def statistics(x: np.ndarray, y: np.ndarray, window: np.ndarray, c1: float, c2: float) -> Statistics:
    """SSIM and what it is made of, from pictures float32 (H, W) in [0, 1]."""
    x, y = gray_levels(x), gray_levels(y)
    mean_x, mean_y = filter_valid(x, window), filter_valid(y, window)
    variance_x = filter_valid(x * x, window) - mean_x**2
    variance_y = filter_valid(y * y, window) - mean_y**2
    covariance = filter_valid(x * y, window) - mean_x * mean_y
    flat_x, flat_y = variance_x < FLAT, variance_y < FLAT
    variance_x, variance_y = np.where(flat_x, 0, variance_x), np.where(flat_y, 0, variance_y)
    covariance = np.where(flat_x | flat_y, 0, covariance)
    similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    similarity /= (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    return Statistics(similarity, variance_x, variance_y, covariance)


def share(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How much of the sum of both is the first; one half where there is neither."""
    return ratio(x, x + y, 0.5)
