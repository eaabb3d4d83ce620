"""The blur of a lens that is focused elsewhere."""

import cv2
import numpy as np

GAMMA = 2.2
"""Lenses blur light, not gray values: pictures are taken to linear light by this power and back."""


def disc(radius: float) -> np.ndarray:
    """The circle of confusion of a lens, float32, odd and square, with sum 1; its edge is soft by one pixel.

    >>> disc(1.0).shape, bool(np.isclose(disc(3.3).sum(), 1))
    ((3, 3), True)
    """
    r = int(np.ceil(radius))
    y, x = np.mgrid[-r : r + 1, -r : r + 1]
    inside = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return inside / inside.sum()


def gaussian(sigma: float) -> np.ndarray:
    """A Gaussian, float32, odd and square, three sigmas wide to each side, with sum 1."""
    r = max(1, int(np.ceil(3 * sigma)))
    line = np.exp(-0.5 * (np.arange(-r, r + 1) / sigma) ** 2)
    kernel = np.outer(line, line).astype(np.float32)
    return kernel / kernel.sum()


def blur(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A picture convolved with a symmetric kernel, its border reflected; float32 (H, W)."""
    return cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT_101)


def to_light(picture: np.ndarray) -> np.ndarray:
    return np.power(picture, np.float32(GAMMA))


def from_light(light: np.ndarray) -> np.ndarray:
    return np.power(np.clip(light, 0, 1), np.float32(1 / GAMMA))
