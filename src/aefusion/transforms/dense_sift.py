"""Dense SIFT: the histogram of gradient directions around each pixel.

D. Lowe, 2004, Distinctive image features from scale-invariant keypoints; C. Liu, J. Yuen, A. Torralba,
2011, SIFT flow, for the dense form: eight directions in 4 x 4 cells around each pixel.
"""

import cv2
import numpy as np

DIRECTIONS = 8
CELLS = 4
SHARPNESS = 9  # the power of the cosine by which a gradient counts for a direction


def direction_maps(picture: np.ndarray, patch: int) -> np.ndarray:
    """How much gradient of each direction a cell holds: float32 (H + patch - 2, W + patch - 2, 8).

    ``picture``: float32 (H, W), any range: it is divided by its maximum. Outside of it all is 0. The cells of
    pixel (y, x) are those at y + k patch / 4, x + l patch / 4 for k, l = 0 .. 3.
    """
    margin = patch // 2 - 1
    padded = np.pad(picture, margin)
    padded = padded / max(float(padded.max()), 1e-12)
    dx, dy = (cv2.filter2D(padded, -1, kernel, borderType=cv2.BORDER_CONSTANT) for kernel in _derivatives())
    size = np.hypot(dx, dy)
    dx, dy = dx / np.maximum(size, 1e-12), dy / np.maximum(size, 1e-12)
    taps = 1 - np.abs(np.arange(0.5 - patch / 4, patch / 4)) / (patch / CELLS)  # a tent two cells wide
    anchor = patch // 4 - 2  # which puts the cell of corner y around its middle, for the corners below
    maps = np.empty((*padded.shape, DIRECTIONS), np.float32)
    for k in range(DIRECTIONS):
        angle = 2 * np.pi * k / DIRECTIONS
        along = np.maximum(np.cos(angle) * dx + np.sin(angle) * dy, 0) ** SHARPNESS * size
        maps[..., k] = cv2.sepFilter2D(
            along.astype(np.float32), -1, taps, taps, anchor=(anchor, anchor), borderType=cv2.BORDER_CONSTANT
        )
    return maps


def _derivatives() -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of a 5 x 5 Gaussian of sigma 1, the absolute values of each adding up to 2."""
    ramp = np.arange(-2, 3)
    gaussian = np.exp(-(ramp[:, None] ** 2 + ramp**2) / 2)
    dy, dx = np.gradient(gaussian)
    return 2 * dx / np.abs(dx).sum(), 2 * dy / np.abs(dy).sum()


def activity(maps: np.ndarray, patch: int, shape: tuple[int, int]) -> np.ndarray:
    """The sum of each pixel's descriptor, (H, W): how much detail is there."""
    return np.sum(list(_cells(maps.sum(axis=2), patch, slice(0, shape[0]), shape[1])), axis=0)


def descriptors(maps: np.ndarray, patch: int, rows: slice, width: int) -> np.ndarray:
    """The descriptors of some rows, float32 (rows, W, 128): faint ones as they are, others of unit length."""
    raw = np.concatenate(list(_cells(maps, patch, rows, width)), axis=2)
    length = np.linalg.norm(raw, axis=2, keepdims=True)
    cut = np.minimum(raw / np.maximum(length, 1e-12), 0.2)
    cut /= np.maximum(np.linalg.norm(cut, axis=2, keepdims=True), 1e-12)
    return np.where(length > 1, cut, raw)


def _cells(maps: np.ndarray, patch: int, rows: slice, width: int):
    for y in range(0, patch, patch // CELLS):
        for x in range(0, patch, patch // CELLS):
            yield maps[rows.start + y : rows.stop + y, x : x + width]
