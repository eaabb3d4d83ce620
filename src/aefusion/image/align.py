"""Aligning a picture to another one of the same scene, taken by another camera, exposure or focus, or from the hand."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from aefusion.image.geometry import farthest, shifted, shrunk, stretching, wildness
from aefusion.image.search import search, seen, sift
from aefusion.image.similarity import edges, inliers, similarity

Kind = Literal["translation", "affine", "homography"]
KINDS: tuple[Kind, ...] = ("translation", "affine", "homography")

COARSE, CHECK, FINE = 128, 512, 1024
"""The longer side, in pixels, at which alignment starts, at which blocks are compared, and at which it ends."""
SCALES = [1.06**step for step in range(-11, 12)]
TURNS = [-4.0, 4.0]
STARTS = 3
"""How many of the transforms that the search finds are refined at the coarse size."""
SURE = 0.6
"""With this similarity at the coarse size, which no false match reaches, nothing else is searched."""
STEPS = 25
"""Iterations of ECC at each size."""
WORTH = 0.01
"""What a more flexible kind must add to the similarity to be chosen by "auto"."""
STILL = 0.3
"""A transform that moves no corner further than this, in pixels, is none: resampling would only soften the picture."""
LEAST_INLIERS = 0.25
"""The share of blocks that must agree, if there are many; of n blocks, 1 / sqrt(n) more."""


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
    """The same with the best transform that was found, even if it was refused."""
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
    agree with it one by one, and if the similarity gained; otherwise the alignment says why not. ValueError for a kind
    that is not known.

    >>> from skimage.data import camera
    >>> scene = np.float32(camera()) / 255
    >>> found = align(scene[:400, :400], 1 - scene[30:430, 20:420])
    >>> found.kind, found.matrix[:2, 2].round(1) + 0
    ('translation', array([-20., -30.]))
    """
    if kind not in ("auto", *KINDS):
        raise ValueError(f"align {kind!r}: expected auto, {', '.join(KINDS)}")
    for name, picture in (("first", reference), ("second", moving)):
        if not isinstance(picture, np.ndarray) or picture.ndim != 2 or picture.dtype != np.float32:
            raise ValueError(f"align: the {name} is no float32 array (H, W): give a gray picture in [0, 1]")
    nothing = stretching(reference.shape, moving.shape)
    for name, picture in (("first", reference), ("second", moving)):
        if min(picture.shape) < 16 or float(np.ptp(picture)) < 1e-3:
            return Alignment(nothing, "translation", 0, 0, 0, False, f"the {name} shows nothing to align by")
    laying = Laying(reference, moving)
    matrix, chosen = laying.best(nothing, kind)
    before, after = (laying.score(one, FINE) for one in (nothing, matrix))
    if after <= before or farthest(matrix, nothing, reference.shape) < STILL:
        matrix, chosen, after = nothing, "translation", before  # aligned already, if the blocks agree
    share, blocks = inliers(*laying.laid(matrix, CHECK))
    why = laying.wild(matrix)
    if not why and share < LEAST_INLIERS + 1 / np.sqrt(max(blocks, 1)):
        why = f"only {share:.0%} of the picture agrees with the best transform"
    return Alignment(nothing if why else matrix, chosen, before, after, share, not why, why)


class Laying:
    """Laying the second of two pictures onto the first by matrices, at several sizes of both."""

    def __init__(self, reference: np.ndarray, moving: np.ndarray):
        self.pictures = reference, moving
        self.sizes: dict[int, tuple[np.ndarray, ...]] = {}
        finest = min(FINE, *(max(picture.shape) for picture in self.pictures))
        self.sides = [side for side in (256, 512) if side < 0.75 * finest] + [finest]

    def at_size(self, side: int) -> tuple[np.ndarray, ...]:
        """Both pictures at a size, the edges of the first, and the matrices from the full pictures to these."""
        if side not in self.sizes:
            a, b = (shrunk(picture, side) for picture in self.pictures)
            to = (stretching(full.shape, small.shape) for full, small in zip(self.pictures, (a, b), strict=True))
            self.sizes[side] = a, b, edges(a), *to
        return self.sizes[side]

    def laid(self, matrix: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """At a size: the edges of the first, those of the second laid onto it, and where that one is."""
        a, b, edges_a, to_a, to_b = self.at_size(side)
        picture, inside = seen(b, to_b @ matrix @ np.linalg.inv(to_a), a.shape)
        return edges_a, edges(picture), inside

    def score(self, matrix: np.ndarray, side: int) -> float:
        return similarity(*self.laid(matrix, side))

    def best(self, nothing: np.ndarray, kind: Kind | Literal["auto"]) -> tuple[np.ndarray, Kind]:
        """The best matrix of a kind, and its kind; ``nothing`` is that of no alignment."""
        family: Kind = "translation" if kind == "translation" else "affine"
        shape, last = self.pictures[0].shape, self.sides[-1]
        matrix = self.refined(nothing, family, COARSE)
        if self.score(matrix, COARSE) < SURE:
            found = [self.refined(start, family, COARSE) for start in self.starts(nothing, family)]
            matrix = max([matrix, *found], key=lambda one: self.score(one, COARSE))
        for side in self.sides:
            matrix = self.refined(matrix, family, side)
        if kind in ("translation", "affine"):
            return matrix, family
        general = self.refined(matrix, "homography", last)
        if kind == "homography":
            return general, "homography"
        simple = self.refined(shifted(nothing, matrix, shape), "translation", last)
        all_kinds = dict(zip(KINDS, (simple, matrix, general), strict=True))
        found = {kind: one for kind, one in all_kinds.items() if not self.wild(one)}
        scores = {kind: self.score(one, last) for kind, one in found.items()}
        for simplest in KINDS:
            if simplest in found and scores[simplest] >= max(scores.values()) - WORTH:
                return found[simplest], simplest
        return matrix, family

    def wild(self, matrix: np.ndarray) -> str:
        """Why a matrix cannot be that of two pictures of one scene; nothing, if it can."""
        a, b = self.pictures
        inside = self.laid(matrix, COARSE)[2]
        return wildness(matrix, a.shape, b.shape, round(a.size * np.count_nonzero(inside) / inside.size))

    def starts(self, nothing: np.ndarray, family: Kind) -> list[np.ndarray]:
        """Where the search and SIFT say that the second picture lies."""
        a, b, _, to_a, to_b = self.at_size(COARSE)
        if family == "translation":
            start = np.linalg.inv(to_b) @ search(a, b, [1.0], [])[0] @ to_a
            return [shifted(nothing, start, self.pictures[0].shape)]
        found = search(a, b, SCALES, TURNS)[:STARTS]
        return [np.linalg.inv(to_b) @ start @ to_a for start in found] + sift(*self.pictures)

    def refined(self, matrix: np.ndarray, kind: Kind, side: int) -> np.ndarray:
        """The matrix after ECC at a size; the same, where ECC finds nothing better."""
        import cv2

        to_a = self.at_size(side)[3]
        edges_a, edges_b, inside = self.laid(matrix, side)
        motion = {"translation": cv2.MOTION_TRANSLATION, "affine": cv2.MOTION_AFFINE}.get(kind, cv2.MOTION_HOMOGRAPHY)
        step = np.eye(3, dtype=np.float32)[: 3 if kind == "homography" else 2]
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-4)
        try:
            _, step = cv2.findTransformECC(edges_a, edges_b, step, motion, criteria, inside, 5)
        except cv2.error:  # it did not converge: the pictures have too little in common here
            return matrix
        better = matrix @ np.linalg.inv(to_a) @ np.vstack([step, [0, 0, 1]])[:3] @ to_a
        better /= better[2, 2]
        return better if self.score(better, side) > similarity(edges_a, edges_b, inside) else matrix
