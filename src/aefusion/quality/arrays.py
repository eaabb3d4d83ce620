"""What the metrics share: pictures on the 0..255 scale, windows, and how two sources become one value."""

from functools import cache

import cv2
import numpy as np

FLAT = 1e-8
"""A local variance below this (on the scale 0..255) is rounding: the window is constant."""


def gray_levels(picture: np.ndarray) -> np.ndarray:
    """The picture on the scale 0..255, float64 (H, W); exact integers if it was made from 8 bits.

    The reference code works on 8-bit pictures and compares values for equality; ``float32(k / 255) * 255`` is
    not always ``k``, so a picture whose every value lies on an 8-bit level is put exactly there.
    """
    scaled = np.multiply(picture, 255.0, dtype=np.float64)
    rounded = np.rint(scaled)
    return rounded if np.abs(scaled - rounded).max() < 1e-4 else scaled


def codes(picture: np.ndarray) -> np.ndarray:
    """The picture in 256 gray levels, uint8 (H, W): what entropy and mutual information are counted on."""
    return np.rint(np.clip(picture, 0, 1) * np.float32(255)).astype(np.uint8)


def stretched(picture: np.ndarray) -> np.ndarray:
    """The picture stretched from least to largest value onto 0..255 and rounded; a constant gives 0."""
    scaled = gray_levels(picture)
    least, largest = scaled.min(), scaled.max()
    if largest == least:
        return np.zeros_like(scaled)
    return np.floor((scaled - least) / (largest - least) * 255 + 0.5)


def combine(of_a: float, of_b: float, over: str) -> float:
    """One value from both sources': their ``"mean"``, their ``"sum"``, or that of ``"a"`` or ``"b"``."""
    ways = {"mean": (of_a + of_b) / 2, "sum": of_a + of_b, "a": of_a, "b": of_b}
    if over not in ways:
        raise ValueError(f"over is {over!r}: give one of {', '.join(ways)}")
    return ways[over]


def ratio(numerator: np.ndarray, denominator: np.ndarray, otherwise: float) -> np.ndarray:
    """The quotient at each pixel, and ``otherwise`` where the denominator is 0."""
    result = np.full(np.broadcast(numerator, denominator).shape, float(otherwise))
    return np.divide(numerator, denominator, out=result, where=denominator != 0)


@cache
def gaussian(size: int, sigma: float) -> np.ndarray:
    """A Gaussian window of ``size`` taps that sums to 1, float64 (size,)."""
    offsets = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return weights / weights.sum()


def filter_valid(picture: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The correlation with the window, down and across, only where it fits: (H - size + 1, W - size + 1)."""
    size = len(window)
    full = cv2.sepFilter2D(picture, -1, window, window, borderType=cv2.BORDER_REPLICATE)
    height, width = picture.shape
    return full[size // 2 : size // 2 + height - size + 1, size // 2 : size // 2 + width - size + 1]


def sobel(picture: np.ndarray, border: int) -> tuple[np.ndarray, np.ndarray]:
    """The Sobel gradient across and down (weights 1, 2, 1), with an OpenCV border."""
    return (
        cv2.Sobel(picture, cv2.CV_64F, 1, 0, borderType=border),
        cv2.Sobel(picture, cv2.CV_64F, 0, 1, borderType=border),
    )
