from collections.abc import Callable

import numpy as np

ROWS, MARGIN = 512, 96
"""Rows that are done at a time, at least, and how many more on either side are looked at; multiples of 8, for
pyramids."""
PIXELS = 1 << 21
"""So many pixels are done at a time, if that is more."""


def in_strips(
    weigh: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray, result: np.ndarray | None = None
) -> np.ndarray:
    """What a function gives for a picture, worked out strip by strip: so little memory at a time that it stays at hand.

    To be given memory for whole pictures takes a computer longer than to fill it. ``weigh``: (h, W, ...) to float32
    (h, W), of which no pixel sees further than `MARGIN`. ``result``: an array that is written into, if it has the size.

    >>> in_strips(lambda strip: strip.astype(np.float32), np.arange(2000).reshape(1000, 2))[-1]
    array([1998., 1999.], dtype=float32)
    """
    height, width = pixels.shape[:2]
    if result is None or result.shape != (height, width):
        result = np.empty((height, width), np.float32)
    rows = max(ROWS, PIXELS // width // 8 * 8)
    for top in range(0, height, rows):
        first, last = max(0, top - MARGIN), min(height, top + rows + MARGIN)
        result[top : top + rows] = weigh(pixels[first:last])[top - first : top - first + rows]
    return result
