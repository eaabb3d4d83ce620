"""Raw frames without headers, in through a pipe and out through another, for use with ffmpeg and the like."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import BinaryIO, Literal

import numpy as np

from aefusion.fusion.fuser import Fuser, KnownTransform, Method
from aefusion.fusion.notes import Notes, Quiet
from aefusion.fusion.plan import Display, Plan, plan
from aefusion.fusion.preparation import Align, Preparation
from aefusion.image import Picture, join, split
from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth
from aefusion.image.thermal import Range
from aefusion.video.ahead import Ahead
from aefusion.video.beginning import SPREAD
from aefusion.video.flicker import Steady
from aefusion.video.frame import VideoFrame
from aefusion.video.raw import FORMATS, RawFormat
from aefusion.video.settling import Settling, settled

__all__ = ["FORMATS", "fuse_stream"]
Pixels = Literal["gray8", "gray16le", "rgb24", "bgr24", "nv12", "yuv420p"]
AHEAD = 2
"""Frames of each stream that are read before their turn."""


def fuse_stream(
    source: BinaryIO,
    output: BinaryIO,
    width: int,
    height: int,
    *,
    fuser: Fuser | None = None,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    pixels: Pixels = "gray8",
    second: BinaryIO | None = None,
    pixels_second: Pixels | None = None,
    size_second: tuple[int, int] | None = None,
    rate: Fraction = Fraction(25),
    steady: float = 0,
    range: Range = "auto",
    transform: KnownTransform = None,
    resize: Literal["b-to-a"] | None = None,
    align: Align = "none",
    view: float | None = None,
) -> int:
    """Fuse raw frames until the input ends; returns how many pairs there were. Memory is constant.

    ``source``: the bytes of a frame of a, then those of a frame of b, and so on; with ``second``, the frames of a only,
    and those of b come from there; the shorter one ends both. ``output`` gets a fused frame for each pair, at once, of
    the size and format of those of a. A frame is height rows of width pixels without padding or header: "gray8" one
    byte a pixel, "gray16le" two, the low one first, "rgb24" and "bgr24" three; "nv12" and "yuv420p" are luma of
    limited range and then chroma of half the size, interleaved or plane by plane. ``pixels_second`` and
    ``size_second``, (width, height), are those of b where they differ from those of a.

    Of two RGB frames the luminance is fused, and colour is kept as `Fuser` does; of nv12 and yuv420p the luma, and the
    chroma of a stays. ``range``, ``transform``, ``resize``, ``align``, ``view``: see `Preparation`. The display range
    of gray16le is found by the first eight frames that show something, and stays then. ``align`` looks at frames of the
    first six seconds until one can be aligned; no frame is held back for that, and until then b is only brought to the
    size of a. ``steady``: seconds over which the brightness is smoothed, see `Steady`; 0 for not. ``rate``: frames a
    second, for these two. ``fuser``: one that is there already; else one is made of ``model``, ``engine``, ``threads``
    and ``method``. ValueError if the input ends within a frame, or after a frame of a; what was fused before is
    written.
    """
    one = RawFormat(pixels, width, height)
    other = RawFormat(pixels_second or pixels, *(size_second or (width, height)))
    if resize not in (None, "b-to-a"):
        raise ValueError(f"resize {resize!r}: expected b-to-a")
    preparation = Preparation(range=range, align=align, transform=transform, resize=resize, view=view)
    fusing = RawFusing(fuser or Fuser(model, engine, threads, method), preparation, Steady(steady) if steady else None)
    # Each stream has a thread: a program that writes both may wait for either.
    if second:
        readers = [Ahead(_frames(source, one.size, 0), AHEAD), Ahead(_frames(second, other.size, 0), AHEAD)]
        streams = [iter(reader) for reader in readers]
    else:
        readers = [Ahead(_frames(source, one.size, other.size), 2 * AHEAD)]
        streams = [iter(readers[0])] * 2
    done = 0
    try:
        while True:
            frames = next(streams[0], b""), next(streams[1], b"")
            lengths = [len(frame) for frame in frames]
            if lengths == [0, 0] or (second and lengths in ([0, other.size], [one.size, 0])):
                fusing.end()
                return done
            for name, length, size in zip("ab", lengths, (one.size, other.size), strict=True):
                if length != size:
                    raise ValueError(
                        f"the input ends within pair {done + 1}: frame {name} has {length} of {size} bytes: "
                        "check the size and `pixels`"
                    )
            fused = fusing(done / rate, one.frame(frames[0]), other.frame(frames[1]))
            _write(output, one.data(fused))
            done += 1
    finally:
        for reader in readers:
            reader.stop()


class RawFusing:
    """Fuses pairs of raw frames: what the first ones need is planned, and applied to all."""

    def __init__(self, fuser: Fuser, preparation: Preparation, steady: Steady | None = None):
        self.fuser, self.preparation, self.steady = fuser, preparation, steady
        self.notes = Notes()
        self.plan: Plan | None = None
        self._settling = Settling(preparation.range, "ab", (True, True), self.notes.warn)
        self._tries = deque((0, *SPREAD) if preparation.align != "none" else ())
        """At which seconds it is tried to align, as long as nothing was found."""

    def __call__(self, time: Fraction, a: Picture | VideoFrame, b: Picture | VideoFrame) -> Picture | VideoFrame:
        """The fused frame: a picture where a is one, else the frame a with another luma."""
        one, other = self._prepared(time, [x.fusible if isinstance(x, VideoFrame) else x for x in (a, b)])
        if isinstance(a, VideoFrame):
            luma = to_depth(luminance(other.pixels) if other.is_colour else other.pixels, one.pixels.dtype)
            return a.fused(self._luma(time, one.pixels, luma), "a", a.depth)
        if not (one.is_colour or other.is_colour) and one.pixels.dtype == other.pixels.dtype:
            return Picture(self._luma(time, one.pixels, other.pixels))
        parts = split(one, other, "auto" if one.is_colour else "gray", self.fuser.threads)
        return join(parts, self._luma(time, parts.a, parts.b), self.fuser.threads)

    def _luma(self, time: Fraction, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        fused = self.fuser.engine(a, b)
        return self.steady(time, fused) if self.steady else fused

    def _prepared(self, time: Fraction, pictures: list[Picture]) -> list[Picture]:
        if self.plan is None or not self._settling.done or self._tries:
            displays = self._settling(pictures, self.plan.displays if self.plan else (None, None))
            if self.plan is None or (self._tries and time >= self._tries[0]):
                self.plan = self._planned(time, pictures, displays)
            self.plan = settled(self.plan, pictures, displays)
        return self.plan(pictures)

    def _planned(self, time: Fraction, pictures: list[Picture], displays: Sequence[Display]) -> Plan:
        """The plan; where nothing can be aligned yet, one for the time until the next try."""
        while self._tries and time >= self._tries[0]:
            self._tries.popleft()
        if not self._tries:
            return plan(pictures, "ab", self.preparation, displays=displays, notes=self.notes)
        with suppress(ValueError):  # sizes that differ, and no transform
            quiet = Quiet()
            found = plan(pictures, "ab", self.preparation, displays=displays, notes=quiet)
            if found.aligned:
                self._tries.clear()
                for text in quiet.warnings:
                    self.notes.warn(text)
                return found
        meanwhile = Preparation(range=self.preparation.range, resize="b-to-a")
        return plan(pictures, "ab", meanwhile, displays=displays, notes=Quiet())

    def end(self) -> None:
        """There are no more frames: a warning where there were too few to align by."""
        if self._tries and self.plan:
            self.notes.warn("b: not aligned to a: none of the frames could be aligned, and they were few")


def _write(output: BinaryIO, frame: np.ndarray) -> None:
    rest = memoryview(frame.data).cast("B")
    while rest:  # a pipe may take a part only
        rest = rest[output.write(rest) :]
    output.flush()


def _frames(stream: BinaryIO, *sizes: int) -> Iterator[bytearray]:
    """So many bytes each, by turns, but for a size of 0; the last may be shorter."""
    while True:
        for size in filter(None, sizes):
            data = bytearray(size)
            filled = 0
            with memoryview(data) as view:
                while filled < size and (count := stream.readinto(view[filled:])):  # pyright: ignore[reportAttributeAccessIssue]
                    filled += count
            if filled:
                yield data if filled == size else data[:filled]
            if filled < size:
                return
