"""The whole product: read, bring to one size, split colour, fuse luminance, join colour, write."""

from os import PathLike, fspath
from typing import Literal

import numpy as np

from aefusion.engine import Trained, start
from aefusion.image import Picture, check_target, join, read, split, write
from aefusion.image.colour import Colour
from aefusion.image.resize import resize as resized

Source = np.ndarray | str | PathLike[str]
Resize = Literal["b-to-a", "a-to-b"]


class Fuser:
    """Fuses pairs with one network; make one and use it for many pairs.

    Parameters
    ----------
    model: a name in MODELS whose weights are shipped, or a file of weights (``.safetensors``).
    engine: "auto", "cpu", "onnx" or "torch".
    threads: as many as the process has cores, if not given.

    >>> fuser = Fuser()
    >>> a, b = np.zeros((2, 40, 50), np.uint8)
    >>> fuser(a, b).shape, fuser(a, b).dtype
    ((40, 50), dtype('uint8'))
    """

    def __init__(self, model: str = "aenetv2", engine: str = "auto", threads: int | None = None):
        self.trained = Trained.load(model)
        self.engine = start(self.trained, engine, threads)

    @property
    def runs_on(self) -> str:
        """The engine and the device, in words."""
        return self.engine.runs_on

    def __call__(self, a: Source, b: Source, *, colour: Colour = "auto", resize: Resize | None = None) -> np.ndarray:
        """The fused picture of two pictures, each an array or the path of a file.

        Arrays: (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA, uint8, uint16, or float in [0, 1]. The result is (H, W) or
        (H, W, 3), in the depth of the deeper source (uint8 < uint16 < float32). The luminance is fused; the colour is
        taken from ``colour``: "auto" from each source that has any, "a", "b", or "gray" for none. ``resize``: "b-to-a"
        brings the second picture to the size of the first, "a-to-b" the first to that of the second; without it, sizes
        that differ are an error.
        """
        return self.pictures(load(a, "a"), load(b, "b"), names(a, b), colour=colour, resize=resize).pixels

    def file(
        self,
        a: str | PathLike[str],
        b: str | PathLike[str],
        output: str | PathLike[str],
        *,
        colour: Colour = "auto",
        resize: Resize | None = None,
        quality: int = 95,
    ) -> Picture:
        """Fuse two files into a third, with the metadata of the first; returns what was written."""
        check_target(output)
        for source in (a, b):
            refuse_overwriting(source, output)
        fused = self.pictures(read(a), read(b), names(a, b), colour=colour, resize=resize)
        write(output, fused, quality)
        return fused

    def pictures(
        self,
        a: Picture,
        b: Picture,
        called: tuple[str, str] = ("a", "b"),
        *,
        colour: Colour = "auto",
        resize: Resize | None = None,
    ) -> Picture:
        """The same on pictures with their metadata; ``called``: what errors call them."""
        a, b = to_one_size(a, b, called, resize)
        parts = split(a, b, colour)
        return join(parts, self.engine(parts.a, parts.b))


def fuse(
    a: Source,
    b: Source,
    *,
    model: str = "aenetv2",
    engine: str = "auto",
    threads: int | None = None,
    colour: Colour = "auto",
    resize: Resize | None = None,
) -> np.ndarray:
    """The fused picture of two pictures, arrays or paths: `Fuser` for one pair; the parameters are explained there.

    >>> a, b = np.zeros((2, 40, 50, 3), np.uint8)
    >>> fuse(a, b).shape
    (40, 50)
    """
    return Fuser(model, engine, threads)(a, b, colour=colour, resize=resize)


def to_one_size(a: Picture, b: Picture, called: tuple[str, str], resize: Resize | None) -> tuple[Picture, Picture]:
    """Both pictures in one size; ValueError where they differ and nobody said what to do."""
    if resize not in (None, "b-to-a", "a-to-b"):
        raise ValueError(f"resize {resize!r}: expected b-to-a or a-to-b")
    (height_a, width_a), (height_b, width_b) = a.pixels.shape[:2], b.pixels.shape[:2]
    if (height_a, width_a) == (height_b, width_b):
        return a, b
    if resize == "b-to-a":
        return a, resized(b, height_a, width_a)
    if resize == "a-to-b":
        return resized(a, height_b, width_b), b
    raise ValueError(
        f"{called[0]} is {width_a}x{height_a}, {called[1]} is {width_b}x{height_b}: "
        "sizes differ: if both show the same field of view, resize one: --resize b-to-a"
    )


def load(source: Source, name: str) -> Picture:
    """A picture from a path or an array."""
    if not isinstance(source, np.ndarray):
        return read(source)
    pixels = source[..., 0] if source.ndim == 3 and source.shape[2] == 1 else source
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32)
        low, high = (pixels.min(), pixels.max()) if pixels.size else (0, 0)
        if not (low >= 0 and high <= 1):  # NaN fails too
            raise ValueError(f"{name}: values from {low:.4g} to {high:.4g}; a float picture must be in [0, 1], no NaN")
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return Picture(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]))
    try:
        return Picture(pixels)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def names(a: Source, b: Source) -> tuple[str, str]:
    """What errors call the sources."""
    return ("a" if isinstance(a, np.ndarray) else fspath(a), "b" if isinstance(b, np.ndarray) else fspath(b))


def refuse_overwriting(source: str | PathLike[str], output: str | PathLike[str]) -> None:
    """ValueError if the result would overwrite a source."""
    from pathlib import Path

    if Path(output).exists() and Path(source).exists() and Path(output).samefile(source):
        raise ValueError(f"{fspath(output)}: the result would overwrite this source: give another name")
