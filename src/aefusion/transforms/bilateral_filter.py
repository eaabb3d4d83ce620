"""The bilateral filter, which smooths and keeps edges, computed in a coarse grid."""

import numpy as np


def bilateral_filter(picture: np.ndarray, sigma_space: float, sigma_range: float) -> np.ndarray:
    """``picture``, float (H, W), averaged over the pixels that are near and alike; the same size and type.

    Computed in a coarse grid of rows, columns and gray levels, one cell for each sigma, which makes it the
    faster the wider it is.

    Paris and Durand, 2006, "A fast approximation of the bilateral filter using a signal processing approach",
    ECCV.
    """
    height, width = picture.shape
    margin = 2
    coordinates = [
        (np.arange(height, dtype=np.float32) / sigma_space)[:, None] + margin,
        (np.arange(width, dtype=np.float32) / sigma_space)[None] + margin,
        (picture - picture.min()) / sigma_range + margin,
    ]
    shape = tuple(int(axis.max()) + 1 + margin for axis in coordinates)
    strides = shape[1] * shape[2], shape[2], 1

    # The sum of the gray levels in each cell and, as the imaginary part, how many they are: both are filtered
    # alike.
    cells = _cells([axis + 0.5 for axis in coordinates], strides).ravel()
    grid = np.empty(shape, np.complex64)
    grid.real = np.bincount(cells, picture.ravel(), grid.size).reshape(shape)
    grid.imag = np.bincount(cells, minlength=grid.size).reshape(shape)
    for axis in (0, 1, 2):
        grid = _blur(_blur(grid, axis), axis)

    lower = _cells(coordinates, strides)
    fractions = [(axis - np.floor(axis)).astype(np.float32) for axis in coordinates]
    mixed = np.zeros(picture.shape, np.complex64)
    for corner in np.ndindex(2, 2, 2):
        weight = np.float32(1)
        for fraction, upper in zip(fractions, corner, strict=True):
            weight = weight * (fraction if upper else 1 - fraction)
        mixed += weight * grid.ravel().take(lower + int(np.dot(corner, strides)))
    return (mixed.real / mixed.imag).astype(picture.dtype)


def _cells(coordinates: list[np.ndarray], strides: tuple[int, ...]) -> np.ndarray:
    """The flat index of the cell in which each pixel lies: integers (H, W)."""
    rows, columns, grays = (axis.astype(np.int32) * stride for axis, stride in zip(coordinates, strides, strict=True))
    return rows + columns + grays


def _blur(grid: np.ndarray, axis: int) -> np.ndarray:
    """(1, 2, 1) / 4 along ``axis``; the outermost cells, which are margin, become 0."""
    lines = np.moveaxis(grid, axis, 0)
    blurred = np.zeros_like(grid)
    inner = np.moveaxis(blurred, axis, 0)[1:-1]
    np.add(lines[:-2], lines[2:], out=inner)
    inner *= np.float32(0.5)
    inner += lines[1:-1]
    inner *= np.float32(0.5)
    return blurred
