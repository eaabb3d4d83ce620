"""The guided filter, which smooths one picture along the edges of another, and the box mean that it is made of."""

import cv2
import numpy as np


def box_mean(picture: np.ndarray, radius: int) -> np.ndarray:
    """The mean over the (2 radius + 1) x (2 radius + 1) window, as far as it lies inside of the picture.

    ``picture``: float32 or float64 (H, W); the result is the same.

    >>> import numpy as np
    >>> box_mean(np.array([[1.0, 2.0, 6.0]]), 1).tolist()
    [[1.5, 3.0, 4.0]]
    """
    height, width = picture.shape
    size = (2 * min(radius, width - 1) + 1, 2 * min(radius, height - 1) + 1)
    total = cv2.boxFilter(picture, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    total *= _one_over_window(height, radius).astype(picture.dtype)[:, None]
    total *= _one_over_window(width, radius).astype(picture.dtype)
    return total


def guided_filter(guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """``source`` smoothed where ``guide`` is smooth, with the edges of ``guide``.

    ``guide``, ``source``: float32 or float64 (H, W); the result is the same. ``epsilon`` is the variance of
    ``guide`` above which a window counts as an edge, so its scale is that of the picture squared.

    He, Sun and Tang, 2013, "Guided image filtering", IEEE TPAMI 35(6).

    >>> import numpy as np
    >>> step = np.repeat([[0.0, 1.0]], 8, axis=1)
    >>> bool(np.allclose(guided_filter(step, step, 2, 1e-9), step))
    True
    """
    slope, offset = guided_filter_coefficients(guide, source, radius, epsilon)
    return slope * guide + offset


def guided_filter_coefficients(
    guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float
) -> tuple[np.ndarray, np.ndarray]:
    """Slope and offset, each (H, W), with which the guided filter makes ``source`` from ``guide``."""
    mean_guide = box_mean(guide, radius)
    variance = box_mean(guide * guide, radius) - mean_guide * mean_guide
    if source is guide:
        mean_source, covariance = mean_guide, variance
    else:
        mean_source = box_mean(source, radius)
        covariance = box_mean(guide * source, radius) - mean_guide * mean_source
    slope = covariance / (variance + epsilon)
    offset = mean_source - slope * mean_guide
    return box_mean(slope, radius), box_mean(offset, radius)


def _one_over_window(length: int, radius: int) -> np.ndarray:
    """1 over the number of pixels of a line that lie within ``radius`` of each."""
    index = np.arange(length)
    return 1 / (np.minimum(index + radius, length - 1) - np.maximum(index - radius, 0) + 1)
