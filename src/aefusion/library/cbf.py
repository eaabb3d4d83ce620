import cv2
import numpy as np

from aefusion.transforms.gray_levels import to_gray_levels, to_picture


def cbf(
    a: np.ndarray,
    b: np.ndarray,
    *,
    sigma_space: float = 1.8,
    sigma_range: float = 25.0,
    size: int = 11,
    window: int = 5,
) -> np.ndarray:
    """Cross bilateral fusion: each pixel's weight is how much detail a bilateral filter removes around it.

    ``a``, ``b``: float32 (H, W) in [0, 1]; their order does not matter. Each source is filtered with the
    edges of the other; ``sigma_range`` is in gray levels, ``window`` is where the removed detail is measured.
    Returns float32 (H, W) in [0, 1].

    Shreyamsha Kumar, 2015, "Image fusion based on pixel significance using cross bilateral filter", Signal,
    Image and Video Processing 9.
    """
    gray_a, gray_b = to_gray_levels(a, np.float64), to_gray_levels(b, np.float64)
    detail_a = gray_a - cross_bilateral_filter(gray_a, gray_b, sigma_space, sigma_range, size)
    detail_b = gray_b - cross_bilateral_filter(gray_b, gray_a, sigma_space, sigma_range, size)
    weight_a, weight_b = significance(detail_a, window), significance(detail_b, window)
    return to_picture((gray_a * weight_a + gray_b * weight_b) / (weight_a + weight_b))


def cross_bilateral_filter(
    source: np.ndarray, guide: np.ndarray, sigma_space: float, sigma_range: float, size: int
) -> np.ndarray:
    """``source`` averaged over the neighbours that are near, and alike in ``guide``: float64 (H, W)."""
    height, width = source.shape
    reach = size // 2
    padded_source, padded_guide = np.pad(source, reach, "reflect"), np.pad(guide, reach, "reflect")
    total, weights = np.zeros_like(source), np.zeros_like(source)
    for row in range(size):
        for column in range(size):
            there = np.s_[row : row + height, column : column + width]
            distance = (row - reach) ** 2 + (column - reach) ** 2
            # exp(space) exp(range) in one: the neighbour's weight.
            weight = padded_guide[there] - guide
            np.multiply(weight, weight, out=weight)
            weight *= -0.5 / sigma_range**2
            weight -= 0.5 * distance / sigma_space**2
            np.exp(weight, out=weight)
            weights += weight
            weight *= padded_source[there]
            total += weight
    return total / weights


def significance(detail: np.ndarray, window: int) -> np.ndarray:
    """The variances of all rows and all columns of the window around each pixel, summed.

    That is the sum of the eigenvalues of the window's two covariance matrices, in which the paper states it.
    """
    reach = window // 2
    padded = np.pad(detail, reach, "reflect")
    height, width = detail.shape

    def box(x: np.ndarray, columns: int, rows: int) -> np.ndarray:
        return cv2.boxFilter(x, -1, (columns, rows), normalize=False)

    squares = box(padded * padded, window, window)
    of_columns = squares - box(box(padded, 1, window) ** 2, window, 1) / window
    of_rows = squares - box(box(padded, window, 1) ** 2, 1, window) / window
    total = (of_columns + of_rows)[reach : reach + height, reach : reach + width] / (window - 1)
    return np.maximum(total, np.finfo(np.float64).eps)
