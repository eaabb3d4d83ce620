"""Two pictures of a stack, one laid onto the other: by brightness, or by edges where exposures differ."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from aefusion.image.geometry import shrunk, stretching
from aefusion.image.laying import FINE, Kind, Laying
from aefusion.image.search import seen
from aefusion.image.similarity import edges

JUDGED = 512
"""The longer side, in pixels, at which transforms are compared."""
ITERATIONS, SMOOTH = 25, 5
"""Of ECC at each size, and the width of its filter in pixels."""


class Small:
    """A picture as alignment looks at it: gray, of a longer side of `FINE` at most, in its own range."""

    def __init__(self, gray: np.ndarray):
        """``gray``: float32 (H, W), the picture in its full size, of any range."""
        self.full: tuple[int, ...] = gray.shape
        gray = shrunk(gray, FINE)
        self.shape: tuple[int, ...] = gray.shape
        sample = gray[tuple(slice(None, None, max(1, side // 512)) for side in gray.shape)]
        low, high = np.percentile(sample, [0.1, 99.9])
        self.empty = bool(high <= low)
        """Whether there is nothing to align by."""
        scaled = np.clip((gray - low) / max(float(high - low), 1e-9), 0, 1)
        self._gray = np.rint(scaled * 65535).astype(np.uint16)
        self._kept: dict[tuple[str, int], np.ndarray] | None = None

    def keep(self) -> None:
        """Keep what is made of it from now on: for the picture that many are compared with."""
        self._kept = {}

    def at_size(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """float32 (h, w) in [0, 1], and the matrix to it from the size at which all is found."""
        gray = self._made("gray", side, lambda: shrunk(self._gray.astype(np.float32) / np.float32(65535), side))
        return gray, stretching(self.shape, gray.shape)

    def edges(self, side: int) -> np.ndarray:
        """Its edges at a size."""
        return self._made("edges", side, lambda: edges(self.at_size(side)[0]))

    def _made(self, what: str, side: int, make: Callable[[], np.ndarray]) -> np.ndarray:
        if self._kept is None:
            return make()
        if (what, side) not in self._kept:
            self._kept[what, side] = make()
        return self._kept[what, side]


class LaidPair(Laying):
    """Laying the second of two pictures of a stack onto the first.

    ``plain``: by brightness, up to a factor and an offset (ECC: Evangelidis, Psarakis, 2008). What is blurred then
    counts little, as it has little contrast; it is also ten times as fast as by edges. Exposures need edges.
    """

    def __init__(self, reference: Small, moving: Small, plain: bool):
        self.smalls, self.plain = (reference, moving), plain
        self._grays: dict[int, tuple[np.ndarray, ...]] = {}
        super().__init__(reference.at_size(FINE)[0], moving.at_size(FINE)[0])

    def at_size(self, side: int) -> tuple[np.ndarray, ...]:
        if side not in self.sizes:
            a, to_a, b, to_b = self._grays_at(side)
            self.sizes[side] = a, b, self.smalls[0].edges(side), to_a, to_b
        return self.sizes[side]

    def score(self, matrix: np.ndarray, side: int) -> float:
        return super().score(matrix, min(side, JUDGED))

    def finish(self, matrix: np.ndarray, kind: Kind | Literal["auto"], simple: bool = True) -> tuple[np.ndarray, Kind]:
        """The kind is chosen at a middle size, and the matrix refined at the largest."""
        finest, self.sides = self.sides[-1], [side for side in self.sides if side <= JUDGED] or self.sides
        matrix, chosen = super().finish(matrix, kind, simple)
        return (matrix if finest == self.sides[-1] else self.refined(matrix, chosen, finest)), chosen

    def _grays_at(self, side: int) -> tuple[np.ndarray, ...]:
        if side not in self._grays:
            self._grays[side] = *self.smalls[0].at_size(side), *self.smalls[1].at_size(side)
        return self._grays[side]

    def refined(self, matrix: np.ndarray, kind: Kind, side: int) -> np.ndarray:
        if not self.plain:
            return super().refined(matrix, kind, side)
        import cv2

        a, to_a, b, to_b = self._grays_at(side)
        picture, inside = seen(b, to_b @ matrix @ np.linalg.inv(to_a), a.shape)
        motion = {"translation": cv2.MOTION_TRANSLATION, "affine": cv2.MOTION_AFFINE}.get(kind, cv2.MOTION_HOMOGRAPHY)
        step = np.eye(3, dtype=np.float32)[: 3 if kind == "homography" else 2]
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ITERATIONS, 1e-5)
        try:
            _, step = cv2.findTransformECC(a, picture, step, motion, criteria, inside, SMOOTH)
        except cv2.error:  # it did not converge: the pictures have too little in common here
            return matrix
        better = matrix @ np.linalg.inv(to_a) @ np.vstack([step, [0, 0, 1]])[:3] @ to_a
        return better / better[2, 2]
