"""Fuse raw frames."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Literal

from aefusion.cli.options import ENGINE, Engine


def stream(
    *,
    size: str,
    pixels: Literal["gray8", "gray16le", "rgb24"] = "gray8",
    second: Path | None = None,
    range: tuple[float, float] | Literal["none", "auto", "set"] = "none",
    engine: Engine = ENGINE,
) -> None:
    """Fuse raw frames from standard input to standard output, until the input ends: `... < frames > fused`.

    The input is a frame of a, then one of b, and so on: rows from top to bottom, no headers, no padding, as ffmpeg's
    `-f rawvideo` writes and reads them. One fused frame of the same format comes out for each pair.

    Parameters
    ----------
    size
        Width and height: `640x480`.
    pixels
        `gray8` has a byte a pixel (ffmpeg calls it gray). `gray16le` has two, the low one first. `rgb24` has three:
        red, green, blue.
    second
        A file or named pipe with the frames of b. The input then has those of a only, and the shorter one ends both.
    range
        What becomes black and what becomes white of `gray16le`: two values; `set` for the lowest and the highest of the
        first pair; `auto` for the percentiles 0.1 and 99.9 of the first pair where it is clearly thermal; or `none` to
        leave the values as they are.
    """
    from aefusion import fuse_stream

    width, cross, height = size.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ValueError(f"--size {size}: expected width and height, such as 640x480")
    if sys.stdin.isatty():
        raise ValueError("no frames: standard input is a terminal: give a file or a pipe, see --help")
    # Unbuffered: a frame goes out when it is fused, and nothing is left to be flushed when the reader has gone.
    with (
        open(0, "rb", buffering=0, closefd=False) as source,
        open(1, "wb", buffering=0, closefd=False) as output,
        second.open("rb", buffering=0) if second else nullcontext() as other,
    ):
        fuse_stream(source, output, int(width), int(height), pixels=pixels, second=other, range=range, **vars(engine))
