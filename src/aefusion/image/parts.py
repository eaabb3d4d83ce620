"""Where a narrow view lies in a wide one, as that of a thermal camera in a photograph."""

import numpy as np

from aefusion.image.geometry import about_the_middle, corners, placed, shrunk, stretching
from aefusion.image.search import best_first, best_shift, seen, spectra

SIDE, LARGEST = 96, 1024
"""The longer side of the narrow view, in pixels, at which it is looked for, and the most that the wide one may have."""
OVERLAP = 0.5
"""The share of the narrow view that must lie within the wide one."""
MARGIN = 0.2
"""What is added to each side of the part of the wide view in which the narrow one lies."""


def parts(wide: np.ndarray, narrow: np.ndarray, views: list[float], turns: list[float]) -> list[np.ndarray]:
    """Transforms of shift, scale and turn, the best first: (3, 3) matrices, the wide picture to the narrow one.

    Both pictures float32 (H, W), of any size. ``views``: how many times wider the wide one may see. For each, the wide
    picture is brought to the resolution of the small narrow one, so that both show their edges alike; then as `search`.
    """
    import cv2

    small = shrunk(narrow, min(SIDE, round(LARGEST / max(views))))
    to_small = stretching(narrow.shape, small.shape)
    long, diagonal = max(small.shape), int(np.ceil(np.hypot(*small.shape)))
    sizes: dict[float, tuple] = {}

    def at_size(view: float) -> tuple:
        """The shape of the wide picture, that of the transform, its spectra, the matrix to it from the full picture."""
        if view not in sizes:
            factor = long * view / max(wide.shape)
            shape = tuple(max(1, round(n * factor)) for n in wide.shape)
            how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
            picture = cv2.resize(wide, shape[::-1], interpolation=how)
            size = [cv2.getOptimalDFTSize(n + diagonal) for n in shape]
            a = spectra(picture, np.ones(shape, np.float32), size)
            sizes[view] = shape, size, a, stretching(wide.shape, shape)
        return sizes[view]

    def tried(view: float, turn: float) -> tuple[float, float, np.ndarray]:
        shape, size, a, to_wide = at_size(view)
        picture, inside, turning = small, np.ones(small.shape, np.float32), np.eye(3)
        if turn:
            turning = about_the_middle((diagonal, diagonal), small.shape, 1, turn)
            picture, inside = seen(small, turning, (diagonal, diagonal))
            inside = np.minimum(inside, 1).astype(np.float32)
        whole = float(inside.sum())
        score, x, y = best_shift(a, spectra(picture, inside, size), size, OVERLAP * whole, whole, shape)
        matrix = np.linalg.inv(to_small) @ turning @ [[1, 0, -x], [0, 1, -y], [0, 0, 1]] @ to_wide
        return score, view, matrix

    return best_first(tried, views, turns)


def part_of(wide: tuple[int, ...], narrow: tuple[int, ...], matrix: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns of a wide picture in which a matrix puts a narrow one, with a margin; by their shapes."""
    back = np.linalg.inv(matrix)
    places = np.array([placed(back, *corner) for corner in corners(narrow)])
    low, high = places.min(0), places.max(0)
    margin = MARGIN * (high - low)
    limits = np.array(wide[1::-1])
    left, top = np.clip(np.floor(low - margin), 0, limits - 1).astype(int)
    right, bottom = np.clip(np.ceil(high + margin) + 1, 1, limits).astype(int)
    return slice(top, bottom), slice(left, right)
