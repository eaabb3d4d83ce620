"""Two or three volumes that are on one grid into one, slice by slice."""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion._version import software
from aefusion.files import FileError, whole
from aefusion.fusion.fuser import Fuser
from aefusion.fusion.plan import Plan, plan
from aefusion.fusion.preparation import Preparation
from aefusion.image import Metadata, Picture, write
from aefusion.image.colour import Colour
from aefusion.image.depth import to_depth
from aefusion.medical.check_output import check_output
from aefusion.medical.nifti import write_nifti
from aefusion.medical.overlay import check_bar, laid_over, with_colour_bar
from aefusion.medical.secondary import Secondary
from aefusion.medical.square import as_picture, picture_scale
from aefusion.medical.volume_pair import VolumePair

Progress = Callable[[int, int], object]
"""Told how many slices are done, and of how many."""
WINDOWED = Preparation(range="none")
"""Slices are shown in a window already."""


def silent(done: int, total: int) -> None:
    """No progress is shown."""


def fuse_pair(
    fuser: Fuser,
    pair: VolumePair,
    output: str | PathLike[str],
    *,
    number: int | None = None,
    colour_bar: bool = False,
    anonymise: bool = False,
    progress: Progress = silent,
) -> int:
    """Fuse a pair into a file or folder; returns how many slices were written.

    The output: NIfTI (.nii, .nii.gz); a new folder for a DICOM series; .dcm or a picture (.png ...) for one slice. Gray
    is written with 16 bit, colour with 8. ``number``: fuse this slice only, counted from 0. ``colour_bar``: draw the
    colours of the last source, and their values, beside a picture. ``anonymise``: take nothing over from the sources'
    headers but where the slices lie. ``progress``: called with how many slices are done, and of how many. The output
    appears whole or not at all. Raises ValueError or FileError.
    """
    path = Path(output)
    kind = check_output(path, pair, number)
    todo = range(pair.count) if number is None else range(number, number + 1)
    grid = pair.grid if number is None or pair.grid is None else pair.grid.only(number)
    by = Path(str(fuser.name)).name  # of a file no folders, which may name somebody
    description = f"Fused by {software()} ({by}): {pair.in_words}"
    if colour_bar:
        if kind != "picture":
            raise FileError(path, "a colour bar is drawn beside pictures only", "write .png, or leave `colour_bar` out")
        check_bar(pair.sources[-1])

    def slices() -> Iterator[np.ndarray]:
        fused = _Slices(fuser, pair)
        for done, at in enumerate(todo):
            progress(done, len(todo))
            yield fused(at)
        progress(len(todo), len(todo))

    if kind == "picture":
        (pixels,) = slices()
        picture = as_picture(pixels, grid)
        metadata = Metadata(scale=picture_scale(picture.shape, grid))
        drawn = with_colour_bar(picture, pair.sources[-1]) if colour_bar else picture
        write(path, Picture(drawn, metadata=metadata))
        return 1
    with whole(path) as part:
        if kind == "nifti" and grid is not None:  # which check_output made sure of
            write_nifti(part, slices(), grid, pair.colour != "gray", description)
            return len(todo)
        headers = [shown.volume.header for shown in pair.sources if shown.volume.header is not None]
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
            sources = [shown.volume.sources for shown in pair.sources if shown.volume.sources]
            origin = [] if anonymise else [plane for planes in sources for plane in planes[todo[at]]]
            secondary.save(name, series, at, turned.upright(pixels) if turned else pixels, origin)
    return len(todo)


class _Slices:
    """Slices of the result: (rows, columns) uint16, or (rows, columns, 3) uint8."""

    def __init__(self, fuser: Fuser, pair: VolumePair):
        self.fuser, self.pair = fuser, pair
        self.planned: Plan | None = None

    def __call__(self, at: int) -> np.ndarray:
        pair, colour = self.pair, self.pair.colour
        if pair.opacity is None:
            return self._stored(self._fused([shown(at) for shown in pair.sources], colour))
        *others, last = pair.sources
        below = [shown(at) for shown in others]
        fused = below[0] if len(below) == 1 else self._fused(below, "gray" if colour == "gray" else "auto")
        values = last.volume.read(at)
        where = np.isfinite(values) if values.ndim == 2 else np.any(values, axis=2)
        return self._stored(laid_over(fused, last.picture(values), where, pair.opacity))

    def _fused(self, pictures: Sequence[np.ndarray], colour: Colour) -> np.ndarray:
        made = [Picture(pixels) for pixels in pictures]
        names = [shown.volume.name for shown in self.pair.sources[: len(made)]]
        self.planned = self.planned or plan(made, names, WINDOWED)
        return self.fuser.picture(self.planned(made), colour).pixels

    def _stored(self, fused: np.ndarray) -> np.ndarray:
        if self.pair.colour == "gray":
            return to_depth(fused, np.uint16)
        # With colour "auto", a slice on which no source has any comes out gray.
        return to_depth(fused if fused.ndim == 3 else np.dstack([fused] * 3), np.uint8)
