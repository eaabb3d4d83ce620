"""What the metrics share: pictures on the 0..255 scale, windows and their sums."""

from functools import cache

import cv2
import numpy as np


def levels(picture: np.ndarray) -> np.ndarray:
    """The picture on the scale 0..255, float64 (H, W); exact integers if it was made from 8 bits.

    The reference code works on 8-bit pictures and compares values for equality; ``float32(k / 255) * 255`` is
    not always ``k``, so a picture whose every value lies on an 8-bit level is put exactly there.
    """
    scaled = np.multiply(picture, 255.0, dtype=np.float64)
    rounded = np.rint(scaled)
    return rounded if np.abs(scaled - rounded).max() < 1e-4 else scaled


def codes(picture: np.ndarray) -> np.ndarray:
    """The picture in 256 levels, uint8 (H, W): what entropy and mutual information are counted on."""
    return np.rint(np.clip(picture, 0, 1) * np.float32(255)).astype(np.uint8)


@cache
def gaussian(size: int, sigma: float) -> np.ndarray:
    """A Gaussian window of ``size`` taps that sums to 1, float64 (size,)."""
    offsets = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return weights / weights.sum()


def filter_valid(picture: np.ndarray, rows: np.ndarray, columns: np.ndarray | None = None) -> np.ndarray:
    """The separable correlation with ``rows`` (down) and ``columns`` (across), only where the window fits."""
    columns = rows if columns is None else columns
    full = cv2.sepFilter2D(picture, -1, columns, rows, borderType=cv2.BORDER_REPLICATE)
    height, width = picture.shape
    top, left = len(rows) // 2, len(columns) // 2
    return full[top : top + height - len(rows) + 1, left : left + width - len(columns) + 1]
