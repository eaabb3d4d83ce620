"""How alike two gray pictures are in the directions of their edges: what alignment climbs and is judged by.

Between visible and infrared, brightness says nothing and contrast may be inverted, but edges lie where edges lie. The
gradient as a complex number, squared, stays the same when contrast is inverted (orientation correlation: Fitch,
Kadyrov, Christmas, Kittler, 2002; directions of gradients between modalities: Haber, Modersitzki, 2006).
"""

import numpy as np

BLOCKS = 8
"""Blocks along the longer side in which the match is looked at one by one."""
REACH = 12
"""How far away a block is searched, in pixels."""
NEAR = 3
"""How far away it may be found to count as an inlier, in pixels; by chance 8 of 100 blocks are."""


def edges(gray: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32: the strength k of the edge at each pixel of a float32 (H, W), then k cos 2t, k sin 2t for its
    direction t. k is in [0, 1): the gradient beside that of its surroundings, so that no lamp outweighs the rest.
    """
    import cv2

    smooth = cv2.GaussianBlur(gray, (0, 0), 1)
    x, y = (cv2.Scharr(smooth, cv2.CV_32F, *order) / 32 for order in ((1, 0), (0, 1)))
    strength = cv2.magnitude(x, y)
    around = cv2.GaussianBlur(strength, (0, 0), 8)
    k = strength / (strength + 1.5 * around + 0.3 * float(strength.mean()) + 1e-6)
    square = strength * strength + 1e-12
    return cv2.merge([k, k * (x * x - y * y) / square, k * 2 * x * y / square])


def similarity(a: np.ndarray, b: np.ndarray, inside: np.ndarray) -> float:
    """The correlation of two pictures of `edges` by direction, -1 to 1, where ``inside`` (H, W) is not 0."""
    x, y = (picture[..., 1:][inside > 0].ravel() for picture in (a, b))
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size else 0.0


def inliers(a: np.ndarray, b: np.ndarray, inside: np.ndarray) -> tuple[float, int]:
    """The share of the blocks with edges that match best at, or beside, the place where they are; and how many have."""
    import cv2

    height, width = a.shape[:2]
    side = max(12, max(height, width) // BLOCKS)
    found = []
    for y in range(REACH, height - side - REACH + 1, max(1, side // 2)):
        for x in range(REACH, width - side - REACH + 1, max(1, side // 2)):
            if not inside[y : y + side, x : x + side].all():
                continue
            block = np.ascontiguousarray(b[y : y + side, x : x + side, 1:])
            window = np.ascontiguousarray(a[y - REACH : y + side + REACH, x - REACH : x + side + REACH, 1:])
            strengths = [float((part * part).mean()) for part in (block, window)]
            if min(strengths) < 0.01:
                continue
            scores = cv2.matchTemplate(window, block, cv2.TM_CCORR_NORMED)
            _, _, _, (dx, dy) = cv2.minMaxLoc(scores)
            found.append(max(abs(dx - REACH), abs(dy - REACH)) <= NEAR)
    return float(np.mean(found)) if found else 0.0, len(found)
