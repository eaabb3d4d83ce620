"""The step of the pipeline between two frames and the fused one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import perf_counter

import numpy as np

from aefusion.fusion.fuser import Fuser
from aefusion.fusion.heat import with_heat
from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import Display, Plan, plan
from aefusion.fusion.preparation import Preparation
from aefusion.image import Metadata, Picture
from aefusion.image.colour import luminance
from aefusion.image.depth import deepest, to_depth
from aefusion.image.palette import Palette
from aefusion.video.beginning import Beginning
from aefusion.video.flicker import Flicker, Steady
from aefusion.video.frame import Frame, Keep, PictureFrame
from aefusion.video.settling import Settling, settled


@dataclass
class Fusing:
    """Fuses pairs of frames: what the first ones need is planned, and applied to all; the first is the reference.

    ``displays``: the display range of each source; ``settling``: what finds those of sources whose frames are not known
    beforehand.
    """

    fuser: Fuser
    names: tuple[str, str]
    """What errors call the sources."""
    keep: Keep
    preparation: Preparation
    displays: Sequence[Display]
    notes: Notes
    steady: Steady | None = None
    flicker: Flicker | None = None
    settling: Settling | None = None
    palette: Palette | None = None
    """Heat is drawn in its colours, with a bar at the side."""
    seconds: float = 0
    """For how long it was busy."""
    size: tuple[int, int] = (0, 0)
    """(width, height) of the result, known after the first frame."""
    plan: Plan | None = None
    """Known after the first frame."""

    def __post_init__(self):
        if self.preparation.aligns and self.preparation.resize == "a-to-b":
            raise ValueError('`resize="a-to-b"`: an aligned video has the size of the first: leave it out')

    def all(
        self, pairs: Iterable[tuple[Fraction, Frame, Frame]], length: Fraction | None
    ) -> Iterator[tuple[Fraction, Frame]]:
        """(time, fused frame) for each pair, for at most ``length`` seconds."""
        first = None
        beginning = pairs if isinstance(pairs, Beginning) else Beginning(pairs)
        for time, a, b in beginning:
            first = time if first is None else first
            if length is not None and time - first >= length:
                return
            begun = perf_counter()
            frame = self._one(self.planned(time, a, b, beginning), time, a, b)
            self.seconds += perf_counter() - begun
            yield time, frame

    def planned(self, time: Fraction, a: Frame, b: Frame, beginning: Beginning) -> Plan:
        """The plan for a pair: that of the first ones, but for display ranges that are not settled."""
        if self.plan is not None and (self.settling is None or self.settling.done):
            return self.plan
        pictures = self._looked_at(a, b)
        if self.settling:
            self.displays = self.settling(pictures, self.displays)
        if self.plan is None:
            further = (self._looked_at(*those) for those in beginning.later(time))
            self.plan = plan(
                pictures, self.names, self.preparation,
                displays=self.displays, notes=self.notes, even=True, further=further,
            )  # fmt: skip
        self.plan = settled(self.plan, pictures, self.displays)
        return self.plan

    def _looked_at(self, a: Frame, b: Frame) -> list[Picture]:
        # Luma of more than 8 bits is no thermal picture where there is chroma: its values tell nothing of a range.
        return [x.fusible if x.gray else Picture(to_depth(x.luma, np.uint8)) for x in (a, b)]

    def _one(self, plan: Plan, time: Fraction, a: Frame, b: Frame) -> Frame:
        a_read = a.fusible
        one, other = plan([a_read, b.fusible])
        a = a.prepared(one, plan)
        depth = deepest(a.depth, other.pixels.dtype if b.gray else b.depth)
        common = deepest(one.pixels.dtype, other.pixels.dtype)
        luma_a, luma_b = (np.ascontiguousarray(to_depth(_gray(x), common)) for x in (one, other))
        luma = self.fuser.engine(luma_a, luma_b)
        if self.steady:
            luma = self.steady(time, luma)
        if self.flicker:
            self.flicker.add(luma_a, luma_b, luma)
        fused: Frame = a.fused(luma, self.keep, depth)
        if self.palette:
            drawn, _ = with_heat([a_read, b.fusible], [one, other], plan, fused.picture(), self.palette)
            fused = PictureFrame(replace(drawn, metadata=Metadata()))
        self.size = fused.luma.shape[1], fused.luma.shape[0]
        return fused


def _gray(picture: Picture) -> np.ndarray:
    return luminance(picture.pixels) if picture.is_colour else picture.pixels
