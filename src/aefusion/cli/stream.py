"""Fuse raw frames."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import ENGINE, STEPS, Engine, Kind

FORMAT = Parameter(group=Group("Format", sort_key=1))
BEFORE = Parameter(group=STEPS)
Pixels = Literal["gray8", "gray16le", "rgb24", "bgr24", "nv12", "yuv420p"]


def stream(
    *,
    size: Annotated[str, FORMAT],
    pixels: Annotated[Pixels, FORMAT] = "gray8",
    second: Annotated[Path | None, FORMAT] = None,
    size_second: Annotated[str | None, FORMAT] = None,
    pixels_second: Annotated[Pixels | None, FORMAT] = None,
    range: Annotated[tuple[float, float] | Literal["auto", "set", "none"], BEFORE] = "auto",
    transform: Annotated[Path | None, BEFORE] = None,
    resize: Annotated[Literal["b-to-a"] | None, BEFORE] = None,
    align: Annotated[Kind, BEFORE] = "none",
    view: Annotated[float | None, BEFORE] = None,
    steady: float = 0,
    rate: str = "25",
    engine: Engine = ENGINE,
) -> None:
    """Fuse raw frames from standard input to standard output, until the input ends: `... < frames > fused`.

    The input is a frame of a, then one of b, and so on: rows from top to bottom, no headers, no padding, as ffmpeg's
    `-f rawvideo` writes and reads them. One fused frame comes out for each pair, of the size and format of a.

    Parameters
    ----------
    size
        Width and height: `640x480`.
    pixels
        `gray8` has a byte a pixel (ffmpeg calls it gray). `gray16le` has two, the low one first. `rgb24` and `bgr24`
        have three. `nv12` and `yuv420p` are luma, and chroma of half the size; the luma is fused, and the chroma stays.
    second
        A file or named pipe with the frames of b. The input then has those of a only, and the shorter one ends both.
    size_second
        The size of b, if it is another one; see `--resize` and `--transform`.
    pixels_second
        The pixels of b, if they are others: `--pixels rgb24 --pixels-second gray16le`.
    range
        What becomes black and what becomes white of `gray16le`: two values; `set` for the lowest and the highest;
        `auto` for percentiles, where the values are clearly those of a thermal camera; or `none` to leave the values as
        they are. The first eight frames that show something say it for all.
    transform
        Lay b onto a by the transform in this file, which `aefusion fuse --save-transform` wrote.
    resize
        Bring b to the size of a. Without it, `--transform` or `--align`, sizes that differ are an error.
    align
        Lay b onto a by a transform of this kind, which is that of the first frames that can be aligned, within six
        seconds; `auto` takes the simplest that fits. Until then b is only brought to the size of a.
    view
        How many times wider a sees than b, for `--align`, to about 20 percent; if it is not given, it is searched.
    steady
        Smooth changes of brightness over so many seconds, such as 0.5 for an infrared camera whose gain jumps.
    rate
        Frames a second, for `--steady` and `--align`.
    """
    from aefusion import fuse_stream
    from aefusion.cli.video import seconds

    width, height = size_of(size, "size")
    if sys.stdin.isatty():
        raise ValueError("no frames: standard input is a terminal: give a file or a pipe, see --help")
    # Unbuffered: a frame goes out when it is fused, and nothing is left to be flushed when the reader has gone.
    with (
        open(0, "rb", buffering=0, closefd=False) as source,
        open(1, "wb", buffering=0, closefd=False) as output,
        second.open("rb", buffering=0) if second else nullcontext() as other,
    ):
        fuse_stream(
            source, output, width, height, pixels=pixels, second=other, pixels_second=pixels_second,
            size_second=size_of(size_second, "size-second") if size_second else None, range=range, transform=transform,
            resize=resize, align=align, view=view, steady=steady, rate=seconds(rate, "rate"), **vars(engine),
        )  # fmt: skip


def size_of(text: str, option: str) -> tuple[int, int]:
    """Width and height.

    >>> size_of("640x480", "size")
    (640, 480)
    """
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ValueError(f"--{option} {text}: expected width and height, such as 640x480")
    return int(width), int(height)
