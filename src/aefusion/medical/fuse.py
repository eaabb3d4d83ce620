"""Two volumes or slices into one, slice by slice."""

from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from aefusion._version import __version__
from aefusion.files import FileError, refuse_overwriting, whole
from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture, check_target, write
from aefusion.image.depth import to_depth
from aefusion.image.formats import SUFFIXES
from aefusion.medical.nifti import write_nifti
from aefusion.medical.pair import Pair
from aefusion.medical.secondary import Secondary

Kind = Literal["folder", "dicom", "nifti", "picture"]


def fuse_pair(
    fuser: Fuser,
    pair: Pair,
    output: str | PathLike[str],
    *,
    number: int | None = None,
    anonymise: bool = False,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Fuse a pair into a file or folder; returns how many slices were written.

    The output: NIfTI (.nii, .nii.gz); a new folder for a DICOM series; .dcm or a picture (.png ...) for one slice. Gray
    is written with 16 bit, colour with 8. ``number``: fuse this slice only, counted from 0. ``anonymise``: take
    nothing over from the sources' headers but where the slices lie. ``report``: called with how many slices are done,
    and of how many. The output appears whole or not at all. Raises ValueError or FileError.
    """
    path = Path(output)
    kind = check_output(path, pair, number)
    todo = range(pair.count) if number is None else range(number, number + 1)
    grid = pair.grid if number is None or pair.grid is None else pair.grid.only(number)
    by = Path(str(fuser.name)).name  # of a file no folders, which may name somebody
    description = f"Fused by aefusion {__version__} ({by}): {pair.in_words}"

    def slices() -> Iterator[np.ndarray]:
        for done, at in enumerate(todo):
            report(done, len(todo))
            yield _fused(fuser, pair, at)
        report(len(todo), len(todo))

    if kind == "picture":
        (pixels,) = slices()
        write(path, Picture(grid.upright(pixels) if grid else pixels))
        return 1
    with whole(path) as part:
        if kind == "nifti" and grid is not None:  # which check_output made sure of
            write_nifti(part, slices(), grid, pair.colour != "gray", description)
            return len(todo)
        headers = [shown.volume.header for shown in (pair.a, pair.b) if shown.volume.header is not None]
        kept = headers[0] if headers and not anonymise else None
        placed = kept if anonymise or pair.placed.header is None else pair.placed.header
        # Rows and columns of NIfTI lead anywhere; viewers of DICOM show slices as they are stored.
        turned = grid if grid and pair.placed.header is None else None
        stored = turned.turned_upright() if turned else grid
        secondary = Secondary(kept, placed, stored, description, headers)
        series = secondary.series()
        if kind == "folder":
            part.mkdir()
        for at, pixels in enumerate(slices()):
            name = part / f"{at + 1:04d}.dcm" if kind == "folder" else part
            sources = [shown.volume.sources for shown in (pair.a, pair.b) if shown.volume.sources]
            origin = [] if anonymise else [plane for planes in sources for plane in planes[todo[at]]]
            secondary.save(name, series, at, turned.upright(pixels) if turned else pixels, origin)
    return len(todo)


def _fused(fuser: Fuser, pair: Pair, number: int) -> np.ndarray:
    """A slice of the result: (rows, columns) uint16, or (rows, columns, 3) uint8."""
    a, b = (Picture(shown(number)) for shown in (pair.a, pair.b))
    names = (pair.a.volume.name, pair.b.volume.name)
    fused = fuser.pictures(a, b, names, colour=pair.colour).pixels
    if pair.colour == "gray":
        return to_depth(fused, np.uint16)
    # With colour "auto", a slice on which neither source has any comes out gray.
    return to_depth(fused if fused.ndim == 3 else np.dstack([fused] * 3), np.uint8)


def check_output(path: Path, pair: Pair, number: int | None) -> Kind:
    """What is to be written under this name; FileError if that cannot be."""
    if number is not None and not 0 <= number < pair.count:
        raise ValueError(f"slice {number + 1}: there are slices 1 to {pair.count}")
    for shown in (pair.a, pair.b):
        for source in (shown.volume.name, *shown.volume.files):
            refuse_overwriting(source, path)
    name = path.name.lower()
    suffixes = {".dcm": "dicom", ".nii": "nifti", ".nii.gz": "nifti"} | dict.fromkeys(SUFFIXES, "picture")
    kind: Kind = next((kind for suffix, kind in suffixes.items() if name.endswith(suffix)), "folder")  # pyright: ignore
    if kind == "folder" and path.suffix and not path.is_dir():
        wrong = f"the suffix {path.suffix!r} is not known"
        raise FileError(path, wrong, f"end it in one of {', '.join(suffixes)}, or give a folder for a DICOM series")
    if kind == "picture":
        check_target(path)
    if not path.resolve().parent.is_dir():
        raise FileError(path, f"there is no folder {path.parent}", "make it first")
    if kind != "folder" and path.is_dir():
        raise FileError(path, "a folder of this name is there", "give another name")
    if kind == "folder" and path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FileError(path, "exists and is not an empty folder", "give a new one, so that no series are mixed")
    if kind == "nifti" and pair.grid is None:
        raise FileError(path, "neither source states a position, and NIfTI needs one", "write DICOM or .png")
    if kind in ("dicom", "picture") and pair.count > 1 and number is None:
        advice = f"choose one with --slice (1 to {pair.count}), or write a folder or .nii.gz"
        raise FileError(path, f"one slice goes into such a file, and there are {pair.count}", advice)
    return kind
