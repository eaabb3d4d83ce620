"""Turning a picture upright."""

import numpy as np


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """The picture turned as its EXIF orientation (1 to 8) asks; other values count as 1.

    (H, W) or (H, W, 3), any dtype; 5 to 8 swap height and width. Source: TIFF 6.0, 1992, tag 274.

    >>> upright(np.array([[1, 2, 3]]), 6).tolist()
    [[1], [2], [3]]
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def as_stored(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """The reverse of `upright`: the picture as it was before.

    >>> as_stored(upright(np.array([[1, 2, 3]]), 6), 6).tolist()
    [[1, 2, 3]]
    """
    return upright(pixels, {6: 8, 8: 6}.get(orientation, orientation))
