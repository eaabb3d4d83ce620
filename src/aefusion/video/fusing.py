from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from time import perf_counter

import numpy as np

from aefusion.fusion.fuser import Fuser
from aefusion.fusion.preparation import Preparation, to_one_size, warn_if_out_of_sight, warn_of_unused_range
from aefusion.image import Picture
from aefusion.image.depth import deepest, to_depth
from aefusion.image.transform import Transform, common, warp, write_transforms
from aefusion.video.flicker import Flicker, Steady
from aefusion.video.frame import Frame, Keep


@dataclass
class Fusing:
    """The step of the pipeline between two frames and the fused one.

    ``prepare``: its transform, or what aligns the first two frames, holds for all frames; the first source is the
    reference. The display ranges are the sources' own concern.
    """

    fuser: Fuser
    names: tuple[str, str]
    """What errors call the sources."""
    keep: Keep
    prepare: Preparation
    steady: Steady | None = None
    flicker: Flicker | None = None
    seconds: float = 0
    """For how long it was busy."""
    size: tuple[int, int] = (0, 0)
    """(width, height) of the result, known after the first frame."""

    def __post_init__(self):
        self._shapes: list[tuple[int, ...]] = []
        self._transform: Transform | None = None
        self._area: tuple[slice, slice] | None = None
        if self._aligns and self.prepare.resize == "a-to-b":
            raise ValueError("--resize a-to-b: an aligned video has the size of the first: leave it out")

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
            if not self._shapes:
                self._begin(a, b)
            frame = self._one(time, a, b)
            self.seconds += perf_counter() - begun
            yield time, frame

    @property
    def _aligns(self) -> bool:
        return self.prepare.align != "none" or self.prepare.transform is not None

    def _begin(self, a: Frame, b: Frame) -> None:
        self._shapes = [a.luma.shape, b.luma.shape]
        pictures = Picture(a.luma), Picture(b.luma)
        for frame, name, display in zip((a, b), self.names, self.prepare.displays or (None, None), strict=True):
            if frame.gray and display is None:
                warn_of_unused_range(Picture(frame.luma), name)
        if self._aligns:
            (self._transform,) = self.prepare.transforms(pictures, self.names)
        if self._transform:
            warn_if_out_of_sight(warp(pictures[1], self._transform)[1], self.names[1])
        if self.prepare.save_transform:
            if not self._transform:
                raise ValueError(f"{self.prepare.save_transform}: not written, as there is no transform to keep")
            write_transforms(self.prepare.save_transform, [self._transform])
        if self.prepare.crop and self._transform:
            rows, columns = common([warp(pictures[1], self._transform)[1]])
            # Chroma has half the pixels.
            self._area = (
                slice(rows.start + rows.start % 2, rows.stop),
                slice(columns.start + columns.start % 2, columns.stop),
            )

    def _one(self, time: Fraction, a: Frame, b: Frame) -> Frame:
        # A stream may change its size: what comes later is brought to that of the first frame.
        a, b = (
            x if x.luma.shape == shape else x.resized(*shape) for x, shape in zip((a, b), self._shapes, strict=True)
        )
        one, other = Picture(a.luma), Picture(b.luma)
        if self._transform:
            other, _ = warp(other, self._transform, one)
        one, other = to_one_size([one, other], self.names, self.prepare.resize)
        if one.pixels.shape != a.luma.shape:
            a = a.resized(*one.pixels.shape)
        if self._area:
            a, one, other = a.cropped(*self._area), *(replace(x, pixels=x.pixels[self._area]) for x in (one, other))
        self.size = one.pixels.shape[1], one.pixels.shape[0]
        common_depth = deepest(one.pixels.dtype, other.pixels.dtype)
        luma_a, luma_b = (np.ascontiguousarray(to_depth(x.pixels, common_depth)) for x in (one, other))
        luma = self.fuser.engine(luma_a, luma_b)
        if self.steady:
            luma = self.steady(time, luma)
        if self.flicker:
            self.flicker.add(luma_a, luma_b, luma)
        return a.fused(luma, self.keep, deepest(a.depth, b.depth))
