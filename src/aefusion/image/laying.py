"""Laying one picture onto another by matrices, at several sizes of both."""

from typing import Literal

import numpy as np

from aefusion.image.geometry import shifted, shrunk, stretching, wildness
from aefusion.image.search import search, seen, sift
from aefusion.image.similarity import edges, similarity

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


class Laying:
    """Laying the second of two pictures onto the first; both gray, (H, W), float32 in [0, 1]."""

    def __init__(self, reference: np.ndarray, moving: np.ndarray):
        self.pictures = reference, moving
        self.nothing = stretching(reference.shape, moving.shape)
        """The matrix of no alignment: it only stretches one size to the other."""
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
        """The similarity at a size."""
        return similarity(*self.laid(matrix, side))

    def start(self, family: Kind) -> np.ndarray:
        """The best matrix at the coarse size; if that of no alignment is not good enough, whatever the search finds."""
        matrix = self.refined(self.nothing, family, COARSE)
        if self.score(matrix, COARSE) < SURE:
            tried = [self.refined(start, family, COARSE) for start in self.starts(family)]
            matrix = max([matrix, *tried], key=lambda one: self.score(one, COARSE))
        return matrix

    def finish(self, matrix: np.ndarray, kind: Kind | Literal["auto"], simple: bool = True) -> tuple[np.ndarray, Kind]:
        """The best matrix of a kind from one at the coarse size on, and its kind.

        ``simple``: whether "auto" may take a translation.
        """
        family: Kind = "translation" if kind == "translation" else "affine"
        shape, last = self.pictures[0].shape, self.sides[-1]
        for side in self.sides:
            matrix = self.refined(matrix, family, side)
        if kind in ("translation", "affine"):
            return matrix, family
        general = self.refined(matrix, "homography", last)
        if kind == "homography":
            return general, "homography"
        choices: dict[Kind, np.ndarray] = {"affine": matrix, "homography": general}
        if simple:
            shift = self.refined(shifted(self.nothing, matrix, shape), "translation", last)
            choices = {"translation": shift, **choices}
        choices = {kind: one for kind, one in choices.items() if not self.wild(one)}
        scores = {kind: self.score(one, last) for kind, one in choices.items()}
        for simplest in KINDS:
            if simplest in choices and scores[simplest] >= max(scores.values()) - WORTH:
                return choices[simplest], simplest
        return matrix, family

    def wild(self, matrix: np.ndarray) -> str:
        """Why a matrix cannot be that of two pictures of one scene; nothing, if it can."""
        a, b = self.pictures
        inside = self.laid(matrix, COARSE)[2]
        return wildness(matrix, a.shape, b.shape, round(a.size * np.count_nonzero(inside) / inside.size))

    def starts(self, family: Kind) -> list[np.ndarray]:
        """Where the search and SIFT say that the second picture lies."""
        a, b, _, to_a, to_b = self.at_size(COARSE)
        if family == "translation":
            start = np.linalg.inv(to_b) @ search(a, b, [1.0], [])[0] @ to_a
            return [shifted(self.nothing, start, self.pictures[0].shape)]
        places = search(a, b, SCALES, TURNS)[:STARTS]
        return [np.linalg.inv(to_b) @ start @ to_a for start in places] + sift(*self.pictures)

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
