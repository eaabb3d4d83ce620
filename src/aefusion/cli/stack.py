"""Fuse a stack of pictures."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

FILES = Group("Files", sort_key=1)
FUSION = Group("Fusion", sort_key=2)


def stack(
    *pictures: Annotated[Path, Parameter(group=FILES)],
    output: Annotated[Path, Parameter(alias="-o", group=FILES)],
    save_map: Annotated[Path | None, Parameter(group=FILES)] = None,
    quality: Annotated[int, Parameter(group=FILES)] = 95,
    strip: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    kind: Annotated[Literal["auto", "focus", "exposure"], Parameter(group=FUSION)] = "auto",
    align: Annotated[Literal["none", "auto", "translation", "affine", "homography"], Parameter(group=FUSION)] = "none",
    model: Annotated[str | None, Parameter(group=FUSION)] = None,
) -> None:
    """Fuse a focus or exposure stack of any number of pictures.

    Parameters
    ----------
    pictures
        Two or more, of one size, in any order: they are taken in the natural order of their names. A folder stands for
        the pictures in it.
    output
        The fused picture, PNG, JPEG, TIFF, WebP or BMP by its suffix.
    save_map
        Write which picture each pixel comes from: a PNG of indices that says which index is which picture.
    quality
        For JPEG and WebP, 1 to 100.
    strip
        Leave EXIF and XMP out of the result.
    kind
        What differs between the pictures; `auto` looks at their brightness.
    align
        Lay each picture onto the middle one first, for series from the hand and lenses that breathe; `auto` takes the
        simplest transform that does.
    model
        Fuse two by two with a network, as in a tournament: a name that `aefusion models` lists, or a file of weights.
    """
    from aefusion.cli.console import progress_bar
    from aefusion.stack import stack_files

    sources = [one for given in pictures for one in pictures_in(given)]
    with progress_bar("fusing", lines=False) as progress:
        done = stack_files(
            sources, output, save_map=save_map, quality=quality, strip=strip, kind=kind, align=align, model=model,
            progress=progress,
        )  # fmt: skip
    height, width = done.picture.pixels.shape[:2]
    print(f"{output}: {width}x{height}, {len(done.names)} pictures fused by {done.kind}")
    if save_map:
        print(f"{save_map}: 0 is {done.names[0]}, {len(done.names) - 1} is {done.names[-1]}")


def pictures_in(path: Path) -> list[Path]:
    """The pictures in a folder, or the file itself; ValueError for a folder without any."""
    from aefusion.image.formats import SUFFIXES

    if not path.is_dir():
        return [path]
    found = [one for one in path.iterdir() if one.suffix.lower() in SUFFIXES and not one.name.startswith(".")]
    if not found:
        raise ValueError(f"{path}: a folder without pictures: give pictures, or a folder that holds them")
    return found
