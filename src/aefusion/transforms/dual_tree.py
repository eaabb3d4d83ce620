"""The dual-tree complex wavelet transform of a picture, and back.

N. Kingsbury, 2001, Complex wavelets for shift invariant analysis and filtering of signals; I. Selesnick,
R. Baraniuk, N. Kingsbury, 2005, The dual-tree complex wavelet transform. The first level has the LeGall 5,3
filters, the others the six-tap quarter-shift filter. The samples of both trees stand interleaved in one
array, and the borders are mirrored.
"""

from functools import lru_cache

import cv2
import numpy as np
from scipy.sparse import csr_array

LEGALL = {
    "low": np.array([-1, 2, 6, 2, -1]) / 8,
    "high": np.array([-1, 2, -1]) / 4,
    "low back": np.array([1, 2, 1]) / 4,
    "high back": np.array([-1, -2, 6, -2, -1]) / 8,
}
# The quarter-shift low-pass of tree a: Kingsbury, 2001. Tree b has it reversed.
QUARTER_SHIFT = np.zeros(10)
QUARTER_SHIFT[[0, 2, 3, 4, 5, 7]] = (
    *(0.03516383657149474, -0.08832942445107285, 0.23389032060723564),
    *(0.7602723690661257, 0.5875182977235605, -0.11430183714424873),
)


def dual_tree(picture: np.ndarray, levels: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """float32 (H, W) to its low-pass picture and, from fine to coarse, complex64 (6, h, w) per level."""
    height, width = picture.shape
    low = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    filtered = {
        (down, across): _filter(low, LEGALL[down], LEGALL[across])
        for down in ("low", "high")
        for across in ("low", "high")
    }
    low, bands = _split(filtered)
    pyramid = [bands]
    for _ in range(levels - 1):
        low = _pad_to_four(low)
        rows, columns = _quarter_shift(low.shape[0]), _quarter_shift(low.shape[1])
        filtered = {
            (down, across): np.ascontiguousarray((columns[across] @ (rows[down] @ low).T).T)
            for down in rows
            for across in columns
        }
        low, bands = _split(filtered)
        pyramid.append(bands)
    return low, pyramid


def dual_tree_back(low: np.ndarray, pyramid: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """The picture, float32 of the given shape, of what dual_tree returned."""
    for bands, finer in zip(pyramid[:0:-1], pyramid[-2::-1], strict=True):
        filtered = _join(low, bands)
        rows, columns = _quarter_shift(2 * low.shape[0]), _quarter_shift(2 * low.shape[1])
        back = [(columns[y].T @ (rows[x].T @ band).T).T for (x, y), band in filtered.items()]
        low = np.add.reduce(back)
        extra_rows, extra_columns = (np.array(low.shape) - 2 * np.array(finer.shape[1:])) // 2
        low = low[extra_rows : low.shape[0] - extra_rows, extra_columns : low.shape[1] - extra_columns]
        low = np.ascontiguousarray(low)
    filtered = _join(low, pyramid[0])
    back = [_filter(band, LEGALL[f"{x} back"], LEGALL[f"{y} back"]) for (x, y), band in filtered.items()]
    picture = np.add.reduce(back)
    return picture[: shape[0], : shape[1]]


def _filter(picture: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    return cv2.sepFilter2D(picture, -1, across, down, borderType=cv2.BORDER_REFLECT)


def _pad_to_four(picture: np.ndarray) -> np.ndarray:
    rows, columns = (int(size % 4 > 0) for size in picture.shape)
    return cv2.copyMakeBorder(picture, rows, rows, columns, columns, cv2.BORDER_REPLICATE)


@lru_cache(maxsize=32)
def _quarter_shift(size: int) -> dict[str, csr_array]:
    """Both filters as (size / 2, size) matrices: orthonormal together, so that the way back is transposed.

    Even samples belong to one tree, odd ones to the other; each keeps its own, and half of them.
    """
    low_b = QUARTER_SHIFT[::-1]
    high_a = low_b * (-1.0) ** np.arange(low_b.size)
    taps = {"low": (low_b, low_b[::-1]), "high": (high_a[::-1], high_a)}
    pair, tap = np.ogrid[: size // 4, : low_b.size]
    matrices = {}
    for name, filters in taps.items():
        rows, columns, values = [], [], []
        for tree, filter_ in enumerate(filters):
            sample = (4 * pair + low_b.size + tree - 2 * tap) % (2 * size)
            columns.append(np.where(sample < size, sample, 2 * size - 1 - sample))
            rows.append(np.broadcast_to(2 * pair + (tree if name == "low" else 1 - tree), sample.shape))
            values.append(np.broadcast_to(filter_, sample.shape))
        values, rows, columns = (np.concatenate(x).ravel() for x in (values, rows, columns))
        matrices[name] = csr_array((values.astype(np.float32), (rows, columns)), (size // 2, size))
    return matrices


PAIRS = {("high", "low"): (0, 5), ("low", "high"): (2, 3), ("high", "high"): (1, 4)}


def _split(filtered: dict[tuple[str, str], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The low-pass picture, and the six complex bands: each 2x2 of interleaved trees gives two numbers."""
    low = filtered["low", "low"]
    bands = np.empty((6, low.shape[0] // 2, low.shape[1] // 2), np.complex64)
    for key, (first, second) in PAIRS.items():
        y = filtered[key] * np.float32(np.sqrt(0.5))
        p = y[::2, ::2] + 1j * y[::2, 1::2]
        q = y[1::2, 1::2] - 1j * y[1::2, ::2]
        bands[first], bands[second] = p - q, p + q
    return low, bands


def _join(low: np.ndarray, bands: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    filtered = {("low", "low"): low}
    for key, (first, second) in PAIRS.items():
        p = (bands[second] + bands[first]) * np.float32(np.sqrt(0.5))
        q = (bands[second] - bands[first]) * np.float32(np.sqrt(0.5))
        y = np.empty_like(low)
        y[::2, ::2], y[::2, 1::2], y[1::2, ::2], y[1::2, 1::2] = p.real, p.imag, -q.imag, q.real
        filtered[key] = y
    return filtered
