"""Two volumes or slices into one, slice by slice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aefusion._version import software
from aefusion.files import FileError, refuse_overwriting, whole
from aefusion.fusion.fuser import Fuser, Method
from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import Plan, plan
from aefusion.fusion.preparation import Preparation
from aefusion.fusion.result import Fused
from aefusion.image import Picture, check_target, write
from aefusion.image.colour import Colour
from aefusion.image.depth import to_depth
from aefusion.image.formats import SUFFIXES
from aefusion.medical.match import Resample
from aefusion.medical.nifti import write_nifti
from aefusion.medical.secondary import Secondary
from aefusion.medical.volume_pair import VolumePair, open_pair

Kind = Literal["folder", "dicom", "nifti", "picture"]
Progress = Callable[[int, int], object]
"""Told how many slices are done, and of how many."""
WINDOWED = Preparation(range="none")
"""Slices are shown in a window already."""


def _silent(done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, kw_only=True)
class FusedVolumes(Fused):
    """What was written of two volumes or slices; `count` is the number of slices."""

    kind: Kind
    """What the output is."""
    grid: str
    """The grid of the result in words; empty where no position is stated."""
    shown: tuple[str, str]
    """How each of the sources is shown, in words."""
    in_words: str
    """What was fused, in a sentence without names."""

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return super().row() | {"slices": self.count, "kind": self.kind, "grid": self.grid or None, "shown": self.shown}


def fuse_volumes(
    a: str | PathLike[str],
    b: str | PathLike[str],
    output: str | PathLike[str],
    *,
    fuser: Fuser | None = None,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    slice: int | None = None,
    series_a: int | None = None,
    series_b: int | None = None,
    window_a: tuple[float, float] | None = None,
    window_b: tuple[float, float] | None = None,
    colormap: str | None = None,
    resample: Resample | None = None,
    force: bool = False,
    anonymise: bool = False,
    dry_run: bool = False,
    progress: Progress = _silent,
) -> FusedVolumes:
    """Fuse two DICOM or NIfTI images, slices or volumes, that lie on one grid in the patient. Not a medical device.

    ``a``, ``b``: a DICOM file, a folder with a DICOM series, .nii or .nii.gz; see `open_pair` for ``series_a`` to
    ``force``. ``output``: .nii, .nii.gz; a new folder, for a DICOM series; .dcm or a picture for a single slice.
    ``slice``: fuse only this one, counted from 1 in the order of the result. ``anonymise``: take nothing over from the
    headers but where the slices lie; what is to be seen in the pixels stays. ``dry_run``: only say what would be fused.
    ``progress`` is called with how many slices are done, and of how many. ``fuser``: one that is there already; else
    one is made of ``model``, ``engine``, ``threads`` and ``method``.

    Raises ValueError, one line that says what to do; the output appears whole or not at all.
    """
    notes, number = Notes(), None if slice is None else slice - 1
    # In two windows, as for bone and brain, one file is a pair.
    one, other = Path(a), Path(b)
    same = one.exists() and other.exists() and one.samefile(other)
    if same and (series_a, window_a) == (series_b, window_b):
        notes.warn(f"{other}: given twice, in one window: nothing is added to it")
    with open_pair(
        a, b, window_a=window_a, window_b=window_b, colormap=colormap, resample=resample,
        series_a=series_a, series_b=series_b, force=force, warn=notes.warn,
    ) as pair:  # fmt: skip
        kind = check_output(Path(output), pair, number)
        count, by = pair.count if number is None else 1, ""
        if not dry_run:
            fuser = fuser or Fuser(model, engine, threads, method)
            by = fuser.in_words
            count = fuse_pair(fuser, pair, output, number=number, anonymise=anonymise, progress=progress)
        return FusedVolumes(
            name=Path(output).stem, sources=(str(a), str(b)), output=Path(output),
            status="planned" if dry_run else "fused", warnings=tuple(notes.warnings), width=pair.a.volume.columns,
            height=pair.a.volume.rows, count=count, by=by, kind=kind, grid=str(pair.grid or ""),
            shown=(pair.a.in_words, pair.b.in_words), in_words=pair.in_words,
        )  # fmt: skip


def fuse_pair(
    fuser: Fuser,
    pair: VolumePair,
    output: str | PathLike[str],
    *,
    number: int | None = None,
    anonymise: bool = False,
    progress: Progress = _silent,
) -> int:
    """Fuse a pair into a file or folder; returns how many slices were written.

    The output: NIfTI (.nii, .nii.gz); a new folder for a DICOM series; .dcm or a picture (.png ...) for one slice. Gray
    is written with 16 bit, colour with 8. ``number``: fuse this slice only, counted from 0. ``anonymise``: take
    nothing over from the sources' headers but where the slices lie. ``progress``: called with how many slices are done,
    and of how many. The output appears whole or not at all. Raises ValueError or FileError.
    """
    path = Path(output)
    kind = check_output(path, pair, number)
    todo = range(pair.count) if number is None else range(number, number + 1)
    grid = pair.grid if number is None or pair.grid is None else pair.grid.only(number)
    by = Path(str(fuser.name)).name  # of a file no folders, which may name somebody
    description = f"Fused by {software()} ({by}): {pair.in_words}"

    def slices() -> Iterator[np.ndarray]:
        planned: Plan | None = None
        for done, at in enumerate(todo):
            progress(done, len(todo))
            pictures = [Picture(shown(at)) for shown in (pair.a, pair.b)]
            planned = planned or plan(pictures, (pair.a.volume.name, pair.b.volume.name), WINDOWED)
            yield _fused(fuser, planned(pictures), pair.colour)
        progress(len(todo), len(todo))

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


def _fused(fuser: Fuser, pictures: Sequence[Picture], colour: Colour) -> np.ndarray:
    """A slice of the result: (rows, columns) uint16, or (rows, columns, 3) uint8."""
    fused = fuser.picture(pictures, colour).pixels
    if colour == "gray":
        return to_depth(fused, np.uint16)
    # With colour "auto", a slice on which neither source has any comes out gray.
    return to_depth(fused if fused.ndim == 3 else np.dstack([fused] * 3), np.uint8)


def check_output(path: Path, pair: VolumePair, number: int | None) -> Kind:
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
        advice = f"choose one with `slice` (1 to {pair.count}), or write a folder or .nii.gz"
        raise FileError(path, f"one slice goes into such a file, and there are {pair.count}", advice)
    return kind
