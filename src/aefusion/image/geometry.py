"""Matrices between pictures: (3, 3), they give for each place (x, y, 1) in one picture its place in another.

The centres of pixels are at whole numbers.
"""

import numpy as np

LEAST_OVERLAP, LARGEST_SCALE, LARGEST_STRETCH = 0.3, 2.2, 1.3
"""What a transform between two pictures of one scene keeps to; the stretch is that between directions and corners."""


def stretching(shape: tuple[int, ...], to: tuple[int, ...]) -> np.ndarray:
    """The matrix from a picture of one shape to one of another that shows the same view.

    >>> stretching((2, 2), (4, 4)) @ [0, 0, 1]
    array([0.5, 0.5, 1. ])
    """
    y, x = to[0] / shape[0], to[1] / shape[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def shrunk(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture whose longer side is at most ``side``."""
    import cv2

    factor = side / max(picture.shape)
    height, width = (max(1, round(n * factor)) for n in picture.shape)
    return picture if factor >= 1 else cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def placed(matrix: np.ndarray, x: float, y: float) -> np.ndarray:
    """Where a place lies in the other picture.

    >>> placed(np.diag([2.0, 3, 1]), 5, 5)
    array([10., 15.])
    """
    place = matrix @ [x, y, 1]
    return place[:2] / place[2]


def corners(shape: tuple[int, ...]) -> list[tuple[float, float]]:
    """The corners (x, y) of a picture."""
    height, width = shape[:2]
    return [(x, y) for y in (0, height - 1) for x in (0, width - 1)]


def farthest(matrix: np.ndarray, other: np.ndarray, shape: tuple[int, ...]) -> float:
    """The largest distance between where two matrices put a corner, in pixels."""
    return max(float(np.linalg.norm(placed(matrix, *c) - placed(other, *c))) for c in corners(shape))


def shifted(matrix: np.ndarray, like: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A matrix with such a shift that the middle comes to the same place as by another one."""
    y, x = (np.array(shape[:2]) - 1) / 2
    result = matrix.copy()
    result[:2, 2] += placed(like, x, y) - placed(matrix, x, y)
    return result


def zoomed(matrix: np.ndarray, factor: float, shape: tuple[int, ...]) -> np.ndarray:
    """A matrix that puts the middle of a picture where it was, and everything else so many times as far from there."""
    y, x = (np.array(shape[:2]) - 1) / 2
    away = np.array([[factor, 0, x * (1 - factor)], [0, factor, y * (1 - factor)], [0, 0, 1]])
    return matrix @ away


def about_the_middle(shape: tuple[int, ...], to: tuple[int, ...], scale: float, turn: float) -> np.ndarray:
    """The matrix that puts middle on middle, scaled and turned (degrees)."""
    cos, sin = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return shifted(matrix, stretching(shape, to), shape)


def wildness(matrix: np.ndarray, shape: tuple[int, ...], to: tuple[int, ...], overlap: int) -> str:
    """Why a matrix cannot be that between two pictures of one scene, in words; nothing, if it can.

    ``overlap``: how many pixels of the first picture are in the second. Scales are as seen when both longer sides are
    the same.
    """
    unit = max(shape) / max(to)
    scales = []
    for x, y in corners(shape):
        w = matrix[2] @ [x, y, 1]
        if w <= 0:
            return "the best transform folds the picture"
        jacobian = (matrix[:2, :2] - np.outer(placed(matrix, x, y), matrix[2, :2])) / w * unit
        if np.linalg.det(jacobian) <= 0:
            return "the best transform mirrors the picture"
        scales += list(np.linalg.svd(jacobian, compute_uv=False))
    low, high = min(scales), max(scales)
    if high > LARGEST_SCALE or low < 1 / LARGEST_SCALE:
        return f"the best transform scales by {1 / high:.2g} to {1 / low:.2g}"
    if high > LARGEST_STRETCH * low:
        return f"the best transform stretches by {high / low:.2g}"
    share = overlap / min(shape[0] * shape[1], to[0] * to[1] * unit**2 / (low * high))
    return f"the best transform leaves {share:.0%} in common" if share < LEAST_OVERLAP else ""
