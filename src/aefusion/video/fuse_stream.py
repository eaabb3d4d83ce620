"""Raw frames without headers, in through a pipe and out through another, for use with ffmpeg and the like."""

from collections.abc import Iterator
from math import prod
from typing import BinaryIO, Literal

import numpy as np

from aefusion.fusion.fuser import Fuser, Method
from aefusion.fusion.plan import Plan, plan
from aefusion.fusion.preparation import Preparation
from aefusion.image import Picture
from aefusion.image.thermal import Range
from aefusion.video.ahead import Ahead

Pixels = Literal["gray8", "gray16le", "rgb24"]
FORMATS: dict[str, tuple[str, int]] = {"gray8": ("u1", 1), "gray16le": ("<u2", 1), "rgb24": ("u1", 3)}
"""NumPy's type and the number of channels."""
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
    range: Range = "none",
) -> int:
    """Fuse raw frames until the input ends; returns how many pairs there were. Memory is constant.

    ``source``: the bytes of a frame of a, then those of a frame of b, and so on; with ``second``, the frames of a only,
    and those of b come from there; the shorter one ends both. ``output`` gets a fused frame for each pair, at once. A
    frame is height rows of width pixels without padding or header: "gray8" one byte a pixel, "gray16le" two, the low
    one first, "rgb24" three, red first. All streams have one format. Of rgb24 the luminance is fused, and colour is
    kept as `Fuser` does. ``range``: in which range gray16le is shown, see `Preparation`; "auto" and "set" take that of
    the first pair for all; "none" leaves the values as they are. ``fuser``: one that is there already; else one is made
    of ``model``, ``engine``, ``threads`` and ``method``. ValueError if the input ends within a frame, or after a frame
    of a; what was fused before is written.
    """
    if pixels not in FORMATS:
        raise ValueError(f"pixels {pixels!r}: expected {', '.join(FORMATS)}")
    if width < 1 or height < 1:
        raise ValueError(f"size {width}x{height}: expected 1x1 or more")
    fuser, preparation = fuser or Fuser(model, engine, threads, method), Preparation(range=range)
    kind, channels = FORMATS[pixels]
    shape = (height, width) if channels == 1 else (height, width, channels)
    size = prod(shape) * np.dtype(kind).itemsize
    # Each stream has a thread: a program that writes both may wait for either.
    readers = [Ahead(_frames(stream, size), AHEAD) for stream in (source, second) if stream]
    streams = [iter(reader) for reader in readers]
    one, other = streams[0], streams[-1]
    planned: Plan | None = None
    done = 0
    try:
        while True:
            frames = next(one, b""), next(other, b"")
            found = [len(frame) for frame in frames]
            if found == [0, 0] or (second and sorted(found) == [0, size]):
                return done
            for name, length in zip("ab", found, strict=True):
                if length != size:
                    raise ValueError(
                        f"the input ends within pair {done + 1}: frame {name} has {length} of {size} bytes: "
                        "check the size and `pixels`"
                    )
            pictures = [Picture(np.frombuffer(frame, kind).reshape(shape)) for frame in frames]
            planned = planned or plan(pictures, "ab", preparation)
            _write(output, _fused(fuser, *planned(pictures)))
            done += 1
    finally:
        for reader in readers:
            reader.stop()


def _fused(fuser: Fuser, a: Picture, b: Picture) -> np.ndarray:
    if not a.is_colour:
        return fuser.engine(a.pixels, b.pixels)
    fused = fuser.pair(a, b).pixels
    return fused if fused.ndim == 3 else np.repeat(fused[..., None], 3, axis=2)


def _write(output: BinaryIO, frame: np.ndarray) -> None:
    rest = memoryview(np.ascontiguousarray(frame).data).cast("B")
    while rest:  # a pipe may take a part only
        rest = rest[output.write(rest) :]
    output.flush()


def _frames(stream: BinaryIO, size: int) -> Iterator[bytearray]:
    """So many bytes each; the last may be shorter."""
    while True:
        data = bytearray(size)
        filled = 0
        with memoryview(data) as view:
            while filled < size and (count := stream.readinto(view[filled:])):  # pyright: ignore[reportAttributeAccessIssue]
                filled += count
        if filled:
            yield data if filled == size else data[:filled]
        if filled < size:
            return
