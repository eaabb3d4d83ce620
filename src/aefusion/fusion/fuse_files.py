"""Files into a file."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

from aefusion.fusion.fuser import Fuser, KnownPoints, KnownTransform, Method
from aefusion.fusion.preparation import Align, Resize
from aefusion.fusion.result import Fused
from aefusion.image.colour import Colour
from aefusion.image.palette import Palette
from aefusion.image.thermal import Range

Exist = Literal["overwrite", "skip", "error"]
"""What to do where the result exists already."""


def fuse_files(
    sources: Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    fuser: Fuser | None = None,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    colour: Colour = "auto",
    quality: int = 95,
    strip: bool = False,
    exist: Exist = "overwrite",
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

    ``fuser``: one that is there already; else one is made of ``model``, ``engine``, ``threads`` and ``method``.
    ``exist``: what to do where the result exists: "overwrite", "skip", or "error" for a ValueError. The rest: see
    `Fuser.file`. Returns what was written, with the warnings on the way. ValueError, one line that names the file,
    where something is wrong; nothing is written then.
    """
    if Path(output).is_file() and exist != "overwrite":
        if exist == "error":
            raise ValueError(f"{output}: exists already: see `exist`")
        return Fused(name=Path(output).stem, sources=tuple(map(str, sources)), output=Path(output), status="skipped")
    fuser = fuser or Fuser(model, engine, threads, method)
    return fuser.file(
        sources, output, colour=colour, quality=quality, strip=strip, range=range, align=align, transform=transform,
        save_transform=save_transform, resize=resize, crop=crop, save_steps=save_steps,
        palette=palette, rendered=rendered, view=view, points=points,
    )  # fmt: skip
