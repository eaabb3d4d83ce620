from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter

import numpy as np

from aefusion.fuser import Fuser
from aefusion.image.depth import deepest, to_depth
from aefusion.prepare import Resize
from aefusion.video.flicker import Flicker, Steady
from aefusion.video.frame import Frame, Keep


@dataclass
class Fusing:
    """The step of the pipeline between two frames and the fused one."""

    fuser: Fuser
    names: tuple[str, str]
    """What errors call the sources."""
    keep: Keep
    resize: Resize | None
    steady: Steady | None = None
    flicker: Flicker | None = None
    seconds: float = 0
    """For how long it was busy."""
    size: tuple[int, int] = (0, 0)
    """(width, height) of the result, known after the first frame."""

    def all(
        self, pairs: Iterable[tuple[Fraction, Frame, Frame]], length: Fraction | None
    ) -> Iterator[tuple[Fraction, Frame]]:
        """(time, fused frame) for each pair, for at most ``length`` seconds."""
        first = None
        for time, a, b in pairs:
            first = time if first is None else first
            if length is not None and time - first >= length:
                return
            begun = perf_counter()
            frame = self.one(time, a, b)
            self.seconds += perf_counter() - begun
            yield time, frame

    def one(self, time: Fraction, a: Frame, b: Frame) -> Frame:
        """The fused frame of two, of the size of the first one of all."""
        a, b = self._one_size(a, b)
        common = deepest(a.luma.dtype, b.luma.dtype)
        luma_a, luma_b = (np.ascontiguousarray(to_depth(x.luma, common)) for x in (a, b))
        luma = self.fuser.engine(luma_a, luma_b)
        if self.steady:
            luma = self.steady(time, luma)
        if self.flicker:
            self.flicker.add(luma_a, luma_b, luma)
        return a.fused(luma, self.keep, deepest(a.depth, b.depth))

    def _one_size(self, a: Frame, b: Frame) -> tuple[Frame, Frame]:
        sizes = [x.luma.shape[::-1] for x in (a, b)]
        (width_a, height_a), (width_b, height_b) = sizes
        if sizes[0] != sizes[1] and self.resize is None:
            raise ValueError(
                f"{self.names[0]} is {width_a}x{height_a}, {self.names[1]} is {width_b}x{height_b}: "
                "sizes differ: if both show the same field of view, resize one: --resize b-to-a"
            )
        if self.size == (0, 0):
            self.size = sizes[1 if self.resize == "a-to-b" else 0]
        width, height = self.size
        # A stream may change its size: what comes later is brought to that of the first frame.
        a, b = (x if x.luma.shape == (height, width) else x.resized(height, width) for x in (a, b))
        return a, b
