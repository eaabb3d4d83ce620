"""The whole product: read, prepare, split colour, fuse luminance, join colour, write."""

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from aefusion._version import __version__
from aefusion.engine import Trained, start
from aefusion.engine.cpu import available_cores
from aefusion.files import refuse_overwriting
from aefusion.fusion.preparation import Found, Preparation
from aefusion.image import Picture, check_quality, check_target, join, read, read_both, split, write
from aefusion.image.colour import Colour, luminance
from aefusion.image.depth import to_depth
from aefusion.image.metadata import signed, stripped

Source = np.ndarray | str | PathLike[str]
DEFAULT = "aenetv2"
"""The network where none is named."""


class Fuser:
    """Fuses pictures with one network or method; make one and use it for many pairs.

    Parameters
    ----------
    model: a name in MODELS whose weights are shipped, or a file of weights (``.safetensors``); `DEFAULT`, if not given.
    engine: what runs the network: "auto", "cpu", "onnx" or "torch".
    threads: as many as the process has cores, if not given.
    method: a fusion algorithm instead of a network: a name in METHODS, a function ``f(a, b)`` or ``f(*sources)`` on
        gray float32 pictures, ``path/to/file.py:function``, or a name that an installed package registers under the
        entry point ``aefusion.methods``.

    >>> fuser = Fuser()
    >>> a, b = np.zeros((2, 40, 50), np.uint8)
    >>> fuser(a, b).shape, fuser(a, b).dtype
    ((40, 50), dtype('uint8'))
    """

    def __init__(
        self,
        model: str | None = None,
        engine: str = "auto",
        threads: int | None = None,
        method: str | Callable | None = None,
    ):
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}; it must be 1 or more")
        if method and model:
            raise ValueError(f"model {model} and method {getattr(method, '__name__', method)}: give one of them")
        model = model or DEFAULT
        self.kind = "method" if method else "model"
        self.name = getattr(method, "__name__", method) or model
        self.engine = MethodEngine(method) if method else start(Trained.load(model), engine, threads)
        self.threads = threads or available_cores()

    @property
    def runs_on(self) -> str:
        """The engine and the device, in words."""
        return self.engine.runs_on

    def __call__(self, a: Source, b: Source, *more: Source, colour: Colour = "auto", **steps: Any) -> np.ndarray:
        """The fused picture of two pictures or more, each an array or the path of a file.

        Arrays: (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA, uint8, uint16, or float in [0, 1]. The result is (H, W) or
        (H, W, 3), in the depth of the deeper source (uint8 < uint16 < float32). The luminance is fused; the colour is
        taken from ``colour``: "auto" from each source that has any, "a", "b", or "gray" for none. ``steps``: what is
        done to the sources before, for example ``resize="b-to-a"``: the fields of `Preparation`. More than two are
        fused one after the other, in the order given, unless the method takes any number.
        """
        sources = (a, b, *more)
        pictures = [load(x, called(x, i)) for i, x in enumerate(sources)]
        return self._all(pictures, sources, colour, Preparation(**steps)).pixels

    def file(
        self,
        sources: Sequence[str | PathLike[str]],
        output: str | PathLike[str],
        *,
        colour: Colour = "auto",
        quality: int = 95,
        strip: bool = False,
        found: Found | None = None,
        **steps: Any,
    ) -> Picture:
        """Fuse two files or more into another one, with the metadata of the first that has some.

        One file is enough where it holds two pictures: a radiometric FLIR JPEG. ``strip``: leave EXIF and XMP out.
        ``found``: is filled with display ranges, and with warnings about the steps. Returns what was written.
        """
        check_target(output)
        check_quality(quality)
        prepare = Preparation(**steps)
        if not sources:
            raise ValueError("no source: give two or more")
        for source in sources:
            refuse_overwriting(source, output)
        pictures = read_sources(sources)
        named = sources if len(sources) > 1 else [*sources, *sources]
        fused = self.sign(self._all(pictures, named, colour, prepare, found), sources, strip)
        write(output, fused, quality)
        return fused

    def sign(self, fused: Picture, sources: Sequence[str | PathLike[str]], strip: bool = False) -> Picture:
        """The picture with a software tag that says by what and from what it was made, or without EXIF and XMP."""
        if strip:
            return stripped(fused)
        names = [Path(source).name for source in sources]
        of = " + ".join(names) if len(names) <= 4 else f"{len(names)} pictures from {names[0]} to {names[-1]}"
        return signed(fused, f"aefusion {__version__}, {self.kind} {Path(str(self.name)).name}, {of}")

    def pictures(
        self, a: Picture, b: Picture, names: Sequence[str] = ("a", "b"), *, colour: Colour = "auto", **steps: Any
    ) -> Picture:
        """The same on two pictures with their metadata; ``names``: what errors call them."""
        a, b = Preparation(**steps)([a, b], names)
        return self.pair(a, b, colour)

    def pair(self, a: Picture, b: Picture, colour: Colour = "auto") -> Picture:
        """Two pictures of one size that are prepared already."""
        parts = split(a, b, colour, self.threads)
        return join(parts, self.engine(parts.a, parts.b), self.threads)

    def _all(
        self,
        pictures: list[Picture],
        sources: Sequence[Source],
        colour: Colour,
        prepare: Preparation,
        found: Found | None = None,
    ) -> Picture:
        pictures = prepare(pictures, [called(source, i) for i, source in enumerate(sources)], found)
        at_once = len(pictures) > 2 and getattr(self.engine, "many", False)
        fused = pictures[0]
        for i, picture in enumerate(pictures[1:], 1):
            # What was fused so far comes first, so the colour of b is that of the first from the second step on.
            of = "a" if colour == "b" and i > 1 else colour
            if at_once:  # only for the colour; the luminance follows
                parts = split(fused, picture, of, self.threads)
                mean = (to_depth(parts.a, np.float32) + to_depth(parts.b, np.float32)) / 2
                fused = join(parts, mean, self.threads)
            else:
                fused = self.pair(fused, picture, of)
        if not at_once:
            return fused
        grays = [luminance(picture.pixels) for picture in pictures]
        return join(split(fused, fused, "a"), self.engine(*grays), self.threads)


def fuse(
    a: Source,
    b: Source,
    *more: Source,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: str | Callable | None = None,
    colour: Colour = "auto",
    **steps: Any,
) -> np.ndarray:
    """The fused picture of pictures, arrays or paths: `Fuser` for one call; the parameters are explained there.

    >>> a, b = np.zeros((2, 40, 50, 3), np.uint8)
    >>> fuse(a, b).shape
    (40, 50)
    """
    return Fuser(model, engine, threads, method)(a, b, *more, colour=colour, **steps)


class MethodEngine:
    """A method of the library behind the interface of the engines."""

    runs_on = "CPU"

    def __init__(self, method: str | Callable):
        from aefusion.fusion.method import load, own_method

        self.method = own_method(getattr(method, "__name__", "method"), method) if callable(method) else load(method)
        self.many = self.method.many

    def __call__(self, *sources: np.ndarray) -> np.ndarray:
        fused = self.method(*(to_depth(x, np.float32) for x in sources))
        return to_depth(np.clip(fused, 0, 1).astype(np.float32), sources[0].dtype)


def load(source: Source, name: str) -> Picture:
    """A picture from a path or an array."""
    if not isinstance(source, np.ndarray):
        return read(source, measured=True)
    pixels = source[..., 0] if source.ndim == 3 and source.shape[2] == 1 else source
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32)
        low, high = (pixels.min(), pixels.max()) if pixels.size else (0, 0)
        if not (low >= 0 and high <= 1):  # NaN fails too
            raise ValueError(f"{name}: values from {low:.4g} to {high:.4g}; a float picture must be in [0, 1], no NaN")
    try:
        if pixels.ndim == 3 and pixels.shape[2] == 4:
            return Picture(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]))
        return Picture(pixels)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def read_sources(paths: Sequence[str | PathLike[str]]) -> list[Picture]:
    """The pictures of the files; of one file that holds two, both. What thermal files measured is not yet a picture."""
    return list(read_both(paths[0])) if len(paths) == 1 else [read(path, measured=True) for path in paths]


def called(source: Source, position: int) -> str:
    """What errors call a source: its path, or a, b, c ... for arrays."""
    return chr(ord("a") + position % 26) if isinstance(source, np.ndarray) else fspath(source)
