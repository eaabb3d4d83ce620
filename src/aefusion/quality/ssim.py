import cv2
import numpy as np

from aefusion.quality.arrays import filter_valid, gaussian, levels


def similarity(x: np.ndarray, y: np.ndarray) -> float:
    """The mean SSIM of two pictures on 0..255 (Wang 2004: Gaussian window 11, sigma 1.5, valid part)."""
    window = gaussian(11, 1.5)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_x, mean_y = filter_valid(x, window), filter_valid(y, window)
    square_x, square_y, product = mean_x**2, mean_y**2, mean_x * mean_y
    # Both variances appear only as their sum.
    variances = filter_valid(x * x + y * y, window) - square_x - square_y
    covariance = filter_valid(x * y, window) - product
    quotient = (2 * product + c1) * (2 * covariance + c2)
    quotient /= (square_x + square_y + c1) * (variances + c2)
    return float(cv2.mean(quotient)[0])


def ssim(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, total: str = "mean") -> float:
    """SSIM: structural similarity of ``fused`` to each source, the mean over both; -1 to 1 (all equal).

    ``total="sum"`` adds both instead (VIFB; at most 2). Pictures: float32 (H, W) in [0, 1], at least 11 x 11.
    Source: Wang, Bovik, Sheikh, Simoncelli, 2004, Image quality assessment: from error visibility to
    structural similarity.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(ssim(x, x, x), 6)
    1.0
    """
    result = levels(fused)
    both = similarity(levels(a), result) + similarity(levels(b), result)
    return both if total == "sum" else both / 2
