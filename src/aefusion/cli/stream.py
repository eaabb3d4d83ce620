"""Fuse raw frames."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def stream(
    *,
    size: str,
    pixels: Literal["gray8", "gray16le", "rgb24"] = "gray8",
    second: Path | None = None,
    model: Annotated[str | None, Parameter(show_default=lambda _: "aenetv2")] = None,
    method: str | None = None,
    engine: Literal["auto", "cpu", "onnx", "torch"] = "auto",
    threads: int | None = None,
) -> None:
    """Fuse raw frames from standard input to standard output, until the input ends: `... < frames > fused`.

    The input is a frame of a, then one of b, and so on: rows from top to bottom, no headers, no padding, as ffmpeg's
    `-f rawvideo` writes and reads them. One fused frame of the same format comes out for each pair.

    Parameters
    ----------
    size
        Width and height: `640x480`.
    pixels
        `gray8`: a byte a pixel (ffmpeg: gray); `gray16le`: two, the low one first; `rgb24`: red, green, blue.
    second
        A file or named pipe with the frames of b; the input then has those of a only, and the shorter one ends both.
    model
        A name that `aefusion models` lists, or a file of weights.
    method
        A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`.
    engine
        What runs the network; see `aefusion doctor`.
    threads
        How many threads; all cores, if not given.
    """
    from aefusion.fusion.fuser import Fuser
    from aefusion.video.stream import fuse_stream

    width, cross, height = size.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ValueError(f"--size {size}: expected width and height, such as 640x480")
    if sys.stdin.isatty():
        raise ValueError("no frames: standard input is a terminal: give a file or a pipe, see --help")
    fuser = Fuser(model, engine, threads, method)
    # Unbuffered: a frame goes out when it is fused, and nothing is left to be flushed when the reader has gone.
    with (
        open(0, "rb", buffering=0, closefd=False) as source,
        open(1, "wb", buffering=0, closefd=False) as output,
    ):
        if not second:
            fuse_stream(fuser, source, output, int(width), int(height), pixels=pixels)
            return
        with second.open("rb", buffering=0) as other:
            fuse_stream(fuser, source, output, int(width), int(height), pixels=pixels, second=other)
