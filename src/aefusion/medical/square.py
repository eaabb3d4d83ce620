"""A slice as a picture: upright, its pixels square."""

import numpy as np

from aefusion.image.scale import Scale
from aefusion.medical.grid import Grid

_EQUAL = 0.01
"""Sides that differ by a smaller share are left alone."""
_STRETCH = 64
"""Pixels that are longer than this many widths are left as they are: no scanner makes such."""


def square_size(grid: Grid) -> tuple[int, int]:
    """The width and height, in pixels, of the picture of a slice: pixels are as long as the shorter side of a voxel."""
    turned = grid.turned_upright()
    across, down, _ = turned.spacing
    columns, rows, _ = turned.shape
    side = min(across, down)
    if max(across, down) <= (1 + _EQUAL) * side or max(across, down) > _STRETCH * side:
        return columns, rows
    return max(1, round(columns * across / side)), max(1, round(rows * down / side))


def picture_scale(shape: tuple[int, ...], grid: Grid | None) -> Scale | None:
    """How large a pixel of the picture of a slice is; ``shape``: the height and width of the picture."""
    if grid is None:
        return None
    turned = grid.turned_upright()
    across, down = (size * count for size, count in zip(turned.spacing[:2], turned.shape[:2], strict=True))
    return Scale((shape[1] / across, shape[0] / down), "mm")


def as_picture(pixels: np.ndarray, grid: Grid | None) -> np.ndarray:
    """A slice (rows, columns), or with three channels, as it is looked at; what has no grid is left as it is."""
    import cv2

    if grid is None:
        return pixels
    upright, size = grid.upright(pixels), square_size(grid)
    return upright if size == upright.shape[1::-1] else cv2.resize(upright, size, interpolation=cv2.INTER_LINEAR)
