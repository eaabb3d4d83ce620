"""The whole product: read, plan, split colour, fuse luminance, join colour, write."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion._version import software
from aefusion.engine import Trained, start
from aefusion.engine.threads import available_cores, check_threads
from aefusion.files import refuse_overwriting
from aefusion.fusion.fuse_luminances import fuse_luminances
from aefusion.fusion.heat import with_heat
from aefusion.fusion.method import MethodEngine
from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import Plan, plan
from aefusion.fusion.preparation import Align, Preparation, Resize
from aefusion.fusion.result import Fused
from aefusion.fusion.sources import Source, called, check_list, load, read_sources, warn_of_twice
from aefusion.fusion.write_steps import write_steps
from aefusion.image import Picture, check_quality, check_target, join, split, write
from aefusion.image.colour import Colour
from aefusion.image.icc_convert import of_one_profile
from aefusion.image.metadata import signed, stripped
from aefusion.image.palette import Palette, check_palette
from aefusion.image.points import Points
from aefusion.image.thermal import Range
from aefusion.image.transform import Transform
from aefusion.library import METHODS

DEFAULT = "aenetv2"
"""The network where none is named."""
Method = str | Callable[..., np.ndarray]
KnownTransform = str | PathLike[str] | Sequence[Transform] | None
KnownPoints = str | PathLike[str] | Sequence[Sequence[float]] | Points | None
ORDER = (
    "fused one after the other, the order counts; for a series of focus or exposure see `aefusion stack`, "
    'for exposures also `method="mertens"`'
)
"""Of more than two sources, where the network or method takes two."""


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

    ValueError, one line, for names that are not known and for parameters that do not go together.

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
        method: Method | None = None,
    ):
        check_threads(threads)
        if method and model:
            raise ValueError(f"model {model} and method {getattr(method, '__name__', method)}: give one of them")
        if method and engine != "auto":
            raise ValueError(f"engine {engine} and method {getattr(method, '__name__', method)}: engines run networks")
        model = model or DEFAULT
        self.kind = "method" if method else "model"
        self.name = str(getattr(method, "__name__", method) or model)
        if not method and model in METHODS:
            raise ValueError(f"unknown model {model!r}: it is a fusion method: give it as `method`")
        self.trained = None if method else Trained.load(model)
        """The network, where it is one."""
        self.engine = start(self.trained, engine, threads) if self.trained else MethodEngine(method or "")
        self.threads = threads or available_cores()

    @property
    def runs_on(self) -> str:
        """The engine and the device, in words."""
        return self.engine.runs_on

    @property
    def in_words(self) -> str:
        """The network or method, and what it runs on."""
        return f"{self.name} on {self.runs_on}"

    @property
    def software(self) -> str:
        """The software tag of a result: the version of aefusion, and the network or method without its folder."""
        return software(f"{self.kind} {Path(self.name).name}")

    def __call__(
        self,
        a: Source,
        b: Source,
        *more: Source,
        colour: Colour = "auto",
        range: Range = "auto",
        align: Align = "none",
        transform: KnownTransform = None,
        resize: Resize | None = None,
        crop: bool = False,
        view: float | None = None,
        points: KnownPoints = None,
    ) -> np.ndarray:
        """The fused picture of two pictures or more, each an array or the path of a file.

        Arrays: (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA, uint8, uint16, or float in [0, 1]. The result is (H, W) or
        (H, W, 3), in the depth of the deepest source (uint8 < uint16 < float32). The luminance is fused; the colour is
        taken from ``colour``: "auto" from each source that has any, "a", "b", or "gray" for none.

        What is done to the sources before, in this order: ``range``, ``align`` (with ``view``), ``transform`` or
        ``points``, ``resize``, ``crop``: see `Preparation`. The luminances of more than two are fused at once by a
        method that takes any number, and their order makes no difference then; else one after the other, in the order
        given.

        Warnings are those of Python. ValueError, one line that names the source, where something is wrong.
        """
        preparation = Preparation(range, align, transform, None, resize, crop, view=view, points=points)
        sources, notes = (a, b, *more), Notes()
        names = [called(source, i) for i, source in enumerate(sources)]
        pictures = [load(source, name, notes.warn) for source, name in zip(sources, names, strict=True)]
        pictures = of_one_profile(pictures, names, notes.warn)
        prepared = plan(pictures, names, preparation, notes=notes)(pictures)
        return self.picture(prepared, colour).pixels

    def file(
        self,
        sources: Sequence[str | PathLike[str]],
        output: str | PathLike[str],
        *,
        colour: Colour = "auto",
        quality: int = 95,
        strip: bool = False,
        range: Range = "auto",
        align: Align = "none",
        transform: KnownTransform = None,
        save_transform: str | PathLike[str] | None = None,
        resize: Resize | None = None,
        crop: bool = False,
        save_steps: str | PathLike[str] | None = None,
        palette: Palette | None = None,
        rendered: bool = False,
        view: float | None = None,
        points: KnownPoints = None,
    ) -> Fused:
        """Fuse two files or more into another one, with the metadata of the first that has some.

        One file is enough where it holds two pictures: a radiometric FLIR JPEG. ``output``: PNG, JPEG, TIFF, WebP or
        BMP by its suffix; ``quality``, 1 to 100, is for JPEG and WebP. ``strip``: leave EXIF and XMP out.
        ``save_transform``: write the transforms that ``align`` found to this file (.json). ``save_steps``: write the
        pictures of each step to this folder. ``palette``: draw heat in these colours over the visible detail, with a
        bar at the side, as 8-bit RGB: "iron", "arctic", "rainbow" or "gray". ``rendered``: of radiometric JPEG files
        take the camera's own picture instead of its temperatures. The rest as in a call of the fuser.
        """
        check_palette(palette)
        check_target(output)
        check_quality(quality)
        preparation = Preparation(
            range, align, transform, save_transform, resize, crop, rendered=rendered, view=view, points=points
        )
        check_list(sources)
        if not sources:
            raise ValueError("no source: give two or more")
        for source in sources:
            refuse_overwriting(source, output)
        notes = Notes()
        if len(sources) > 2 and not getattr(self.engine, "many", False):
            notes.add(ORDER)
        pictures = read_sources(sources, notes.warn, rendered)
        warn_of_twice(sources, notes)
        names = [str(source) for source in (sources if len(sources) > 1 else [*sources, *sources])]
        pictures = of_one_profile(pictures, names, notes.warn)
        planned = plan(pictures, names, preparation, notes=notes)
        prepared = planned(pictures)
        fused, more = self.picture(prepared, colour), ""
        if palette:
            fused, shown = with_heat(pictures, prepared, planned, fused, palette)
            more = f", {palette} for {shown}"
        fused = self.sign(fused, sources, strip, more)
        write(output, fused, quality)
        if save_steps:
            write_steps(save_steps, prepared, fused, colour, self.engine, self.trained or self.name)
        return self.result(sources, output, planned, fused)

    def picture(self, pictures: Sequence[Picture], colour: Colour = "auto") -> Picture:
        """The fused picture of pictures, two or more, that are prepared already: of one size and one view."""
        if len(pictures) == 2:
            return self.pair(pictures[0], pictures[1], colour)
        parts = split(pictures[0], pictures[1], colour, self.threads, more=pictures[2:])
        return join(parts, fuse_luminances(self.engine, parts.grays), self.threads)

    def pair(self, a: Picture, b: Picture, colour: Colour = "auto") -> Picture:
        """The fused picture of two pictures that are prepared already."""
        parts = split(a, b, colour, self.threads)
        return join(parts, self.engine(parts.a, parts.b), self.threads)

    def sign(
        self, fused: Picture, sources: Sequence[str | PathLike[str]], strip: bool = False, more: str = ""
    ) -> Picture:
        """The picture with a software tag that says by what and from what it was made, or without EXIF and XMP.

        ``more``: what else the tag says, at its end.
        """
        if strip:
            return stripped(fused)
        names = [Path(source).name for source in sources]
        of = " + ".join(names) if len(names) <= 4 else f"{len(names)} pictures from {names[0]} to {names[-1]}"
        return signed(fused, f"{self.software}, {of}{more}")

    def result(
        self, sources: Sequence[str | PathLike[str]], output: str | PathLike[str], planned: Plan, fused: Picture
    ) -> Fused:
        """What became of the files that were fused into one."""
        height, width = fused.pixels.shape[:2]
        return Fused(
            name=Path(output).stem, sources=tuple(map(str, sources)), output=Path(output), warnings=planned.warnings,
            ranges=planned.ranges, aligned=planned.aligned, width=width, height=height,
            count=max(2, len(sources)), by=self.in_words, picture=fused,
        )  # fmt: skip


def fuse(
    a: Source,
    b: Source,
    *more: Source,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    colour: Colour = "auto",
    range: Range = "auto",
    align: Align = "none",
    transform: KnownTransform = None,
    resize: Resize | None = None,
    crop: bool = False,
    view: float | None = None,
    points: KnownPoints = None,
) -> np.ndarray:
    """The fused picture of two pictures or more, for one call; `Fuser` is quicker for many.

    Parameters
    ----------
    a, b, more: arrays, paths, `Picture` objects or PIL pictures. Arrays are (H, W) gray, (H, W, 3) RGB or (H, W, 4)
        RGBA; uint8, uint16, or float in [0, 1].
    model: a name in MODELS whose weights are shipped, or a file of weights; "aenetv2", if not given.
    engine: what runs the network: "auto", "cpu", "onnx" or "torch".
    threads: as many as the process has cores, if not given.
    method: a fusion algorithm instead of a network: a name in METHODS, ``file.py:function``, or a function.
    colour: where the colour comes from: "auto" for each source that has any, "a", "b", or "gray" for none.
    range: which values of thermal pictures become black and white: "auto", "set", "none" or (low, high).
    align: lay the other sources onto the first: "none", "auto", "translation", "affine" or "homography".
    transform: the same by transforms that are known: a file that ``save_transform`` wrote.
    resize: bring one source to the size of the other: "b-to-a" or "a-to-b"; sizes that differ are an error otherwise.
    crop: of aligned sources keep the area that all show.
    view: how many times wider the first source sees than the others, for ``align``.
    points: the transform by places that were marked in both: a CSV file, or rows of x and y in a, x and y in b.

    Returns
    -------
    (H, W, 3) RGB where a source shows colour, else (H, W), also of RGB whose channels are equal; in the depth of the
    deepest source: uint8, uint16, or float32 in [0, 1].

    ValueError, one line that names the source or the parameter, where something is wrong.

    >>> a, b = np.zeros((2, 40, 50, 3), np.uint8)
    >>> fuse(a, b).shape
    (40, 50)
    """
    fuser = Fuser(model, engine, threads, method)
    return fuser(
        a, b, *more, colour=colour, range=range, align=align, transform=transform, resize=resize, crop=crop, view=view,
        points=points,
    )  # fmt: skip
