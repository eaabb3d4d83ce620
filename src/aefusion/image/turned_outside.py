"""How the pictures inside of a file lie, where another program turned the outer one and left them as they were."""

import numpy as np

from aefusion.image.colour import luminance
from aefusion.image.geometry import shrunk
from aefusion.image.orientation import upright
from aefusion.image.similarity import edges, similarity

SIDE = 160
"""The longer side, in pixels, at which they are compared."""
SURE = 0.3
"""By so much a picture upside down must be more alike, where its shape does not tell that it was turned."""
QUARTERS, HALF = (6, 8), 3


def turned_outside(outer: np.ndarray, inner: np.ndarray) -> int:
    """The EXIF orientation that turns the inner picture as the outer one lies: 1, 3, 6 or 8.

    ``outer``: (H, W) or (H, W, 3), upright; ``inner``: float32 (H, W), upright by what the file states. Where one is
    higher than wide and the other wider than high, it is a quarter turn, to the side where the edges are more alike. It
    is a half turn only if the edges say so clearly.

    >>> inner = np.zeros((60, 80), np.float32)
    >>> inner[5:20, 5:30] = 1
    >>> turned_outside(np.uint8(255 * upright(inner, 8)), inner)
    8
    """
    gray = luminance(outer)
    quarter = (gray.shape[0] - gray.shape[1]) * (inner.shape[0] - inner.shape[1]) < 0
    low, high = float(inner.min()), float(inner.max())
    values = shrunk((inner - low) / max(high - low, 1e-6), SIDE)
    alike = {way: _alike(gray, upright(values, way)) for way in (QUARTERS if quarter else (1, HALF))}
    best = max(alike, key=lambda way: alike[way])
    return best if quarter or alike[best] > alike.get(1, 0) + SURE else 1


def composed(first: int, then: int) -> int:
    """The orientation that is one after another.

    >>> composed(6, 6), composed(6, 8)
    (3, 1)
    """
    probe = np.arange(6).reshape(2, 3)
    both = upright(upright(probe, first), then)
    return next(way for way in range(1, 9) if np.array_equal(upright(probe, way), both))


def _alike(gray: np.ndarray, values: np.ndarray) -> float:
    import cv2

    size = values.shape[::-1]
    how = cv2.INTER_AREA if gray.shape[0] > values.shape[0] else cv2.INTER_LINEAR
    return similarity(edges(cv2.resize(gray, size, interpolation=how)), edges(values), np.ones(values.shape, np.uint8))
