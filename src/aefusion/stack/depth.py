"""The depth at which each pixel of a focus stack is sharp, and its maps: numbers as TIFF, or a picture in colours."""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError
from aefusion.image import Metadata, Picture, check_target, write
from aefusion.image.formats import SUFFIXES
from aefusion.image.palette import bar_beside, coloured
from aefusion.image.scale import PRINTED
from aefusion.stack.fill import fill
from aefusion.stack.weights import FOCUS_POWER

CLEARLY = 3.0
"""How many times the energy of detail where a pixel is sharpest is that where it is least sharp, in noise."""
SMOOTHED = 5
"""The side of the squares over which single wrong pixels are voted down."""


class Depth:
    """Takes the depth out of the weights of a stack, while they pass by.

    >>> depth = Depth()
    >>> weights = [np.float32([[0, 9, 0]]), np.float32([[90, 99, 0]]), np.float32([[90, 0, 99]])]
    >>> _ = list(depth.watched(weights))
    >>> depth.planes.round(1).tolist()
    [[1.5, 1.0, 2.0]]
    """

    def __init__(self):
        self._best: np.ndarray = np.zeros((0, 0), np.float32)
        self._least: np.ndarray = self._best
        self._left: np.ndarray = self._best
        self._right: np.ndarray = self._best
        self._index: np.ndarray = self._best
        self._before: np.ndarray = self._best

    def watched(self, weights: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The same weights, float32 (H, W), logarithms, one of each plane in their order."""
        for i, weight in enumerate(weights):
            if i == 0:
                self._best, self._least = weight.copy(), weight.copy()
                self._index = np.zeros(weight.shape, np.float32)
                self._left = np.full(weight.shape, -np.inf, np.float32)
                self._right = self._left.copy()
            else:
                follows = self._index == i - 1
                self._right[follows] = weight[follows]
                larger = weight > self._best
                self._left[larger], self._right[larger] = self._before[larger], -np.inf
                self._best[larger], self._index[larger] = weight[larger], i
                np.minimum(self._least, weight, out=self._least)
            self._before = weight
            yield weight

    @property
    def planes(self) -> np.ndarray:
        """float32 (H, W): the plane at which each pixel is sharpest, from 0, between planes by a parabola."""
        with np.errstate(invalid="ignore"):
            bend = self._left - 2 * self._best + self._right
            shift = 0.5 * (self._left - self._right) / bend
        between = np.isfinite(shift) & (bend < 0)
        return self._index + np.where(between, np.clip(shift, -0.5, 0.5), 0).astype(np.float32)

    @property
    def known(self) -> np.ndarray:
        """bool (H, W): where one plane is clearly sharper than others. What is flat is nowhere sharp."""
        gain = (self._best - self._least) / FOCUS_POWER
        noise = np.median(self._least) / FOCUS_POWER
        return (gain > np.log(CLEARLY)) & (self._best / FOCUS_POWER > noise + np.log(CLEARLY))

    def filled(self) -> np.ndarray:
        """The same as `planes` with single wrong pixels voted down, and filled from around where nothing is sharp."""
        import cv2

        planes, known = self.planes, self.known
        if not known.any():
            return planes
        last = np.float32(planes.max() or 1)
        filled = fill(planes / last, known)
        if min(filled.shape) >= SMOOTHED:
            filled = cv2.medianBlur(filled, SMOOTHED)
        return filled * last


def one_step(step: float | None, picture: Picture | None) -> tuple[float, str]:
    """The distance from one picture to the next and its unit: what was given, what the file says, or pictures."""
    scale = picture.metadata.scale if picture else None
    if step is not None:
        return step, (scale.unit if scale and scale.unit not in PRINTED else "") or "um"
    if scale and scale.step and scale.unit:
        return scale.step, scale.unit
    return 1.0, ""


def write_depth(path: str | PathLike[str], planes: np.ndarray, step: float, unit: str, picture: Picture | None) -> None:
    """Write a map of depth: float TIFF, or a picture with a bar.

    ``step``: the distance of two planes, in ``unit``, which is empty where depths count planes. ``picture``: the fused
    one, whose scale is kept.
    """
    depth = planes * np.float32(step)
    if SUFFIXES.get(Path(path).suffix.lower()) == "tiff":
        metadata = Metadata(scale=picture.metadata.scale if picture else None)
        write(path, Picture(depth, metadata=metadata, measured=True, kind="float32"))
        return
    low, high = float(depth.min()), float(depth.max())
    shares = (depth - low) / max(high - low, 1e-9)

    def colours(part: np.ndarray) -> np.ndarray:
        return coloured(part, "rainbow")

    write(path, Picture(bar_beside(colours(shares), low, high, f" {unit}" if unit else "", colours)))


def check_depth(path: str | PathLike[str], output: object, kind: str, model: str | None) -> None:
    """ValueError, before long work, where a map of depth cannot be written, or there is none."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise FileError(path, "a map of depth is a TIFF of numbers, or a picture", "end its name in .tif or .png")
    check_target(path)
    if model or kind == "exposure":
        raise ValueError(f"{path}: only a focus stack has depth: leave the map out")
    if output is not None and Path(path).resolve() == Path(str(output)).resolve():
        raise ValueError(f"{path}: the result and the map have one name: give two")
