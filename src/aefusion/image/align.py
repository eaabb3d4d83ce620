"""Aligning a picture to another one of the same scene, taken by another camera, exposure or focus, or from the hand."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from aefusion.image.search import search, seen, sift
from aefusion.image.similarity import edges, inliers, similarity

Kind = Literal["translation", "affine", "homography"]
KINDS: tuple[Kind, ...] = ("translation", "affine", "homography")

COARSE, CHECK, FINE = 128, 512, 1024
"""The longer side, in pixels, at which alignment starts, at which blocks are compared, and at which it ends."""
SCALES = [1.06**step for step in range(-11, 12)]
TURNS = [-4.0, 0.0, 4.0]
STARTS = 3
"""How many of the transforms that the search finds are refined at the coarse size."""
STEPS = 25
"""Iterations of ECC at each size."""
WORTH = 0.01
"""What a more flexible kind must add to the similarity to be chosen by "auto"."""
STILL = 0.3
"""A transform that moves no corner further than this, in pixels, is none: resampling would only soften the picture."""
LEAST_INLIERS, LEAST_OVERLAP, LARGEST_SCALE, LARGEST_STRETCH = 0.3, 0.3, 2.2, 1.3
"""What a transform must keep to; the stretch is that between directions and between corners."""


@dataclass(frozen=True)
class Alignment:
    """What `align` found."""

    matrix: np.ndarray
    """(3, 3) float64: the place in the moving picture of each place (x, y, 1) in the reference; centres of pixels are
    at whole numbers. Where ``ok`` is False: that of no alignment, which only stretches one size to the other."""
    kind: Kind
    before: float
    """The similarity of the edges (see `similarity`), -1 to 1, without alignment."""
    after: float
    """The same with ``matrix``, or with the best transform that was found, if it was refused."""
    inliers: float
    """The share of blocks of the picture whose own best match is where that transform puts them."""
    ok: bool
    why: str = ""
    """Where ``ok`` is False: the reason, in words."""

    @property
    def gain(self) -> float:
        """What the similarity gained."""
        return self.after - self.before


def align(reference: np.ndarray, moving: np.ndarray, kind: Kind | Literal["auto"] = "auto") -> Alignment:
    """The transform that lays a picture onto a reference; both gray, (H, W), float32 in [0, 1], sizes may differ.

    Shift, scale and turn are searched over the whole picture, and by SIFT; the best of these starts is refined by
    OpenCV's ECC (Evangelidis, Psarakis, 2008) on pictures of the strength and direction of edges, from coarse to fine.
    "auto" takes the simplest of translation, affine and homography that does as well as the others. A transform is
    ``ok`` if its scale, stretch and overlap are those of two pictures of one scene, if enough blocks of the picture
    agree with it one by one, and if the similarity gained; otherwise the alignment says why not.
    """
    if kind not in ("auto", *KINDS):
        raise ValueError(f"align {kind!r}: expected none, auto, {', '.join(KINDS)}")
    nothing = stretching(reference.shape, moving.shape)
    for name, picture in (("first", reference), ("second", moving)):
        if min(picture.shape) < 16 or float(np.ptp(picture)) < 1e-3:
            return Alignment(nothing, "translation", 0, 0, 0, False, f"the {name} shows nothing to align by")
    pair = _Pair(reference, moving)
    before = pair.score(nothing, FINE)
    matrix, kind = pair.best(nothing, kind)
    after, share = pair.score(matrix, FINE), pair.inliers(matrix)
    why = pair.wild(matrix)
    if not why and share < LEAST_INLIERS:
        why = f"only {share:.0%} of the picture agrees with the best transform"
    if not why and (after <= before or farthest(matrix, nothing, reference.shape) < STILL):
        # Nothing better than what is there, and that agrees: aligned already.
        matrix, kind, after = nothing, "translation", before
        share = pair.inliers(nothing)
        why = "" if share >= LEAST_INLIERS else "nothing was found that agrees better"
    return Alignment(nothing if why else matrix, kind, before, after, share, not why, why)


class _Pair:
    """Two pictures at the sizes at which they are compared."""

    def __init__(self, reference: np.ndarray, moving: np.ndarray):
        self.pictures = reference, moving
        self.levels: dict[int, tuple] = {}

    def level(self, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Both at a size, the edges of the first, and the matrices from the full size to this one."""
        if side not in self.levels:
            (a, to_a), (b, to_b) = (shrunk(picture, side) for picture in self.pictures)
            self.levels[side] = a, b, edges(a), to_a, to_b
        return self.levels[side]

    def sides(self) -> list[int]:
        """From twice the coarse size to the finest that both pictures have."""
        finest = min(FINE, *(max(picture.shape) for picture in self.pictures))
        return [side for side in (256, 512) if side < 0.75 * finest] + [finest]

    def best(self, nothing: np.ndarray, kind: Kind | Literal["auto"]) -> tuple[np.ndarray, Kind]:
        a, b, _, to_a, to_b = self.level(COARSE)
        shifts = kind == "translation"
        first = [to_b @ nothing @ np.linalg.inv(to_a)]
        starts = first + search(a, b, [1.0] if shifts else SCALES, [0.0] if shifts else TURNS, STARTS)
        starts = [np.linalg.inv(to_b) @ start @ to_a for start in starts]
        if not shifts:
            starts += sift(*self.pictures)
        family: Kind = "translation" if shifts else "affine"
        if shifts:  # keep the scale of the sizes
            starts = [moved(nothing, start, self.pictures[0].shape) for start in starts]
        found = [self.refined(start, family, COARSE) for start in starts]
        matrix = max(found, key=lambda one: self.score(one, COARSE))
        for side in self.sides():
            matrix = self.refined(matrix, family, side)
        if kind in ("translation", "affine"):
            return matrix, kind
        last = self.sides()[-1]
        general = self.refined(matrix, "homography", last)
        if kind == "homography":
            return general, kind
        simple = self.refined(moved(nothing, matrix, self.pictures[0].shape), "translation", last)
        scores = [self.score(one, last) for one in (simple, matrix, general)]
        chosen = next(i for i, score in enumerate(scores) if score >= max(scores) - WORTH)
        return (simple, matrix, general)[chosen], KINDS[chosen]

    def refined(self, matrix: np.ndarray, kind: Kind, side: int) -> np.ndarray:
        """The matrix after ECC at a size; the same, where ECC finds nothing better."""
        import cv2

        a, b, edges_a, to_a, to_b = self.level(side)
        start = to_b @ matrix @ np.linalg.inv(to_a)
        picture, inside = seen(b, start, a.shape)
        edges_b = edges(picture)
        motion = {"translation": cv2.MOTION_TRANSLATION, "affine": cv2.MOTION_AFFINE}.get(kind, cv2.MOTION_HOMOGRAPHY)
        step = np.eye(3, dtype=np.float32)[: 3 if kind == "homography" else 2]
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-5)
        try:
            _, step = cv2.findTransformECC(edges_a, edges_b, step, motion, criteria, inside, 5)
        except cv2.error:  # it did not converge: the pictures have too little in common here
            return matrix
        better = np.linalg.inv(to_b) @ start @ np.vstack([step, [0, 0, 1]])[:3] @ to_a
        better /= better[2, 2]
        return better if self.score(better, side) > similarity(edges_a, edges_b, inside) else matrix

    def score(self, matrix: np.ndarray, side: int) -> float:
        return similarity(*self.laid(matrix, side))

    def inliers(self, matrix: np.ndarray) -> float:
        return inliers(*self.laid(matrix, CHECK))

    def laid(self, matrix: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a, b, edges_a, to_a, to_b = self.level(side)
        picture, inside = seen(b, to_b @ matrix @ np.linalg.inv(to_a), a.shape)
        return edges_a, edges(picture), inside

    def wild(self, matrix: np.ndarray) -> str:
        """Why a matrix cannot be that of two pictures of one scene; nothing, if it can."""
        a, b, _, to_a, to_b = self.level(COARSE)
        inside = seen(b, to_b @ matrix @ np.linalg.inv(to_a), a.shape)[1]
        relative = to_b @ matrix @ np.linalg.inv(to_a)
        sizes = []
        for x, y in corners(a.shape):
            w = relative[2] @ [x, y, 1]
            place = relative[:2] @ [x, y, 1] / w
            jacobian = (relative[:2, :2] - np.outer(place, relative[2, :2])) / w
            if w <= 0 or np.linalg.det(jacobian) <= 0:
                return "the best transform folds or mirrors the picture"
            sizes += list(np.linalg.svd(jacobian, compute_uv=False))
        if max(sizes) > LARGEST_SCALE or min(sizes) < 1 / LARGEST_SCALE:
            return f"the best transform scales by {1 / max(sizes):.2g} to {1 / min(sizes):.2g}"
        if max(sizes) > LARGEST_STRETCH * min(sizes):
            return f"the best transform stretches by {max(sizes) / min(sizes):.2g}"
        share = np.count_nonzero(inside) / min(a.size, b.size / np.mean(sizes) ** 2)
        return f"the best transform leaves {share:.0%} in common" if share < LEAST_OVERLAP else ""


def shrunk(picture: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture whose longer side is at most ``side``, and the matrix from places in the full one to places in it."""
    import cv2

    factor = side / max(picture.shape)
    if factor >= 1:
        return picture, np.eye(3)
    height, width = (max(1, round(n * factor)) for n in picture.shape)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return small, stretching((height, width), picture.shape, inverse=True)


def stretching(shape: tuple[int, ...], to: tuple[int, ...], inverse: bool = False) -> np.ndarray:
    """The matrix from places in a picture of one shape to those in one of another that shows the same view."""
    y, x = to[0] / shape[0], to[1] / shape[1]
    matrix = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
    return np.linalg.inv(matrix) if inverse else matrix


def corners(shape: tuple[int, ...]) -> list[tuple[float, float]]:
    height, width = shape[:2]
    return [(x, y) for y in (0, height - 1) for x in (0, width - 1)]


def placed(matrix: np.ndarray, x: float, y: float) -> np.ndarray:
    """Where a place in the reference lies in the moving picture."""
    place = matrix @ [x, y, 1]
    return place[:2] / place[2]


def farthest(matrix: np.ndarray, other: np.ndarray, shape: tuple[int, ...]) -> float:
    """The largest distance between where two matrices put a corner, in pixels."""
    return max(float(np.linalg.norm(placed(matrix, *c) - placed(other, *c))) for c in corners(shape))


def moved(nothing: np.ndarray, matrix: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """No alignment but for the shift that a matrix gives the middle."""
    y, x = (np.array(shape[:2]) - 1) / 2
    result = nothing.copy()
    result[:2, 2] += placed(matrix, x, y) - placed(nothing, x, y)
    return result
