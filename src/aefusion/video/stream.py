"""Raw frames without headers, in through a pipe and out through another, for use with ffmpeg and the like."""

from collections.abc import Iterator
from math import prod
from typing import BinaryIO, Literal

import numpy as np

from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture, join, split
from aefusion.video.ahead import Ahead

Pixels = Literal["gray8", "gray16le", "rgb24"]
FORMATS: dict[str, tuple[str, int]] = {"gray8": ("u1", 1), "gray16le": ("<u2", 1), "rgb24": ("u1", 3)}
"""NumPy's type and the number of channels."""
AHEAD = 2
"""Frames of each stream that are read before their turn."""


def fuse_stream(
    fuser: Fuser,
    source: BinaryIO,
    output: BinaryIO,
    width: int,
    height: int,
    *,
    pixels: Pixels = "gray8",
    second: BinaryIO | None = None,
) -> int:
    """Fuse raw frames until the input ends; returns how many pairs there were. Memory is constant.

    ``source``: the bytes of a frame of a, then those of a frame of b, and so on; with ``second``, the frames of a only,
    and those of b come from there; the shorter one ends both. ``output`` gets a fused frame for each pair, at once. A
    frame is height rows of width pixels without padding or header: "gray8" one byte a pixel, "gray16le" two, the low
    one first, "rgb24" three, red first. All streams have one format. Of rgb24 the luminance is fused, and colour is
    kept as `Fuser` does. ValueError if the input ends within a frame, or after a frame of a; what was fused before is
    written.
    """
    if pixels not in FORMATS:
        raise ValueError(f"pixels {pixels!r}: expected {', '.join(FORMATS)}")
    if width < 1 or height < 1:
        raise ValueError(f"size {width}x{height}: expected 1x1 or more")
    kind, channels = FORMATS[pixels]
    shape = (height, width) if channels == 1 else (height, width, channels)
    size = prod(shape) * np.dtype(kind).itemsize
    # Each stream has a thread: a program that writes both may wait for either.
    readers = [Ahead(_frames(stream, size), AHEAD) for stream in (source, second) if stream]
    streams = [iter(reader) for reader in readers]
    one, other = streams[0], streams[-1]
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
                        "check --size and --pixels"
                    )
            a, b = (np.frombuffer(frame, kind).reshape(shape) for frame in frames)
            _write(output, _fused(fuser, a, b))
            done += 1
    finally:
        for reader in readers:
            reader.stop()


def _fused(fuser: Fuser, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.ndim == 2:
        return fuser.engine(a, b)
    parts = split(Picture(a), Picture(b), "auto", fuser.threads)
    fused = join(parts, fuser.engine(parts.a, parts.b), fuser.threads).pixels
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
