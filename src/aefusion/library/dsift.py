import cv2
import numpy as np
from numba import njit, prange

from aefusion.transforms.dense_sift import activity, descriptors, direction_maps

RADIUS = 3  # of the search for the same place in the other source, and of the windows compared there
STRIP = 64  # rows at a time: bounds the memory of the descriptors


def dsift(
    a: np.ndarray, b: np.ndarray, *, scale: int = 48, block: int = 8, matching: bool = True, area: int = 3600
) -> np.ndarray:
    """Multi-focus fusion: each region from the source whose dense SIFT descriptors are stronger there.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``scale``: twice the side of the descriptor's patch. ``block``:
    side of the window that votes. ``matching``: whether the places left open look for their like in the
    other source. ``area``: smaller regions, in pixels, are left open. Returns float32 (H, W) in [0, 1].

    Y. Liu, S. Liu, Z. Wang, 2015, Multi-focus image fusion with dense SIFT.
    """
    patch = scale // 2
    if patch < 8 or patch % 4:
        raise ValueError(f"scale is {scale}: give a multiple of 8, 16 or more")
    maps_a, maps_b = direction_maps(a, patch), direction_maps(b, patch)
    stronger_a, stronger_b = _regions(activity(maps_a, patch, a.shape), activity(maps_b, patch, a.shape), block, area)
    share = np.where(stronger_a == stronger_b, 0.5, stronger_a).astype(np.float32)
    frequency_a, frequency_b = _frequency(a), _frequency(b)
    if not matching:
        still_open = _inside(share) == 0.5
        _inside(share)[still_open] = (_inside(frequency_a) > _inside(frequency_b))[still_open]
        return a * share + b * (1 - share)
    height, width = a.shape
    for top in range(0, height, STRIP):
        if not (share[top : top + STRIP] == 0.5).any():
            continue
        rows = slice(max(0, top - RADIUS), min(height, top + STRIP + RADIUS))
        near_a, near_b = (descriptors(maps, patch, rows, width) for maps in (maps_a, maps_b))
        bottom = min(height, top + STRIP)
        _settle(share, top, bottom, rows.start, near_a, near_b, frequency_a, frequency_b)
    return a * share + b * (1 - share)


def _regions(a: np.ndarray, b: np.ndarray, block: int, area: int) -> tuple[np.ndarray, np.ndarray]:
    """Two bool (H, W): where all blocks that hold a pixel vote for a, and for b; large regions, no holes."""
    height, width = a.shape
    if min(height, width) < block:
        return np.zeros(a.shape, bool), np.zeros(a.shape, bool)
    sums = [
        cv2.boxFilter(x, cv2.CV_64F, (block, block), anchor=(0, 0), normalize=False)[
            : height - block + 1, : width - block + 1
        ]
        for x in (a, b)
    ]
    regions = []
    for votes in (sums[0] > sums[1], sums[1] > sums[0]):
        padded = np.pad(votes.astype(np.uint8), block - 1, constant_values=1)
        unanimous = cv2.erode(padded, np.ones((block, block), np.uint8), anchor=(0, 0))[:height, :width]
        regions.append(~_large(~_large(unanimous.astype(bool), area), area))
    return regions[0], regions[1]


def _large(mask: np.ndarray, area: int) -> np.ndarray:
    """The mask without its 8-connected parts of fewer than ``area`` pixels."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = statistics[:, cv2.CC_STAT_AREA] >= area
    keep[0] = False
    return keep[np.asarray(labels, np.intp)]


def _frequency(picture: np.ndarray) -> np.ndarray:
    """The sum of squared differences of neighbours inside the 7 x 7 window around each pixel, (H, W)."""
    padded = np.pad(picture.astype(np.float64), RADIUS)
    side = 2 * RADIUS + 1
    down, right = np.diff(padded, axis=0) ** 2, np.diff(padded, axis=1) ** 2
    return _window_sum(down, side - 1, side) + _window_sum(right, side, side - 1)


def _window_sum(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Sums added in one order everywhere, so that equal windows have equal sums."""
    rows, columns = values.shape[0] - height + 1, values.shape[1] - width + 1
    high = np.sum([values[k : k + rows] for k in range(height)], axis=0)
    return np.sum([high[:, k : k + columns] for k in range(width)], axis=0)


def _inside(values: np.ndarray) -> np.ndarray:
    return values[RADIUS:-RADIUS, RADIUS:-RADIUS]


@njit(parallel=True, cache=True, fastmath={"contract", "reassoc"})
def _settle(share, top, bottom, offset, descriptors_a, descriptors_b, frequency_a, frequency_b):
    """Decide the open pixels of rows ``top`` to ``bottom`` for the source that is sharper at both matches."""
    height, width = share.shape
    for y in prange(max(top, RADIUS), min(bottom, height - RADIUS)):
        for x in range(RADIUS, width - RADIUS):
            if share[y, x] != 0.5:
                continue
            y_b, x_b = _match(descriptors_a[y - offset, x], descriptors_b, y - offset, x)
            y_a, x_a = _match(descriptors_b[y - offset, x], descriptors_a, y - offset, x)
            y_b, y_a = y_b + offset, y_a + offset
            if min(y_a, x_a, y_b, x_b) < RADIUS:
                continue
            if max(y_a, y_b) >= height - RADIUS or max(x_a, x_b) >= width - RADIUS:
                continue
            gain_a = frequency_a[y, x] - frequency_b[y_b, x_b]
            gain_b = frequency_b[y, x] - frequency_a[y_a, x_a]
            if gain_a > 0 and gain_b < 0:
                share[y, x] = 1
            elif gain_a < 0 and gain_b > 0:
                share[y, x] = 0


@njit(cache=True, fastmath={"contract", "reassoc"})
def _match(descriptor, others, y, x):
    """Where around (y, x) the nearest of the other source's descriptors is."""
    best, best_y, best_x = np.inf, y, x
    for column in range(x - RADIUS, x + RADIUS + 1):
        for row in range(y - RADIUS, y + RADIUS + 1):
            distance = np.float32(0)
            for k in range(len(descriptor)):
                distance += (others[row, column, k] - descriptor[k]) ** 2
            if distance < best:
                best, best_y, best_x = distance, row, column
    return best_y, best_x
