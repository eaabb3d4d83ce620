"""Whether two volumes show one place of one patient, and bringing them onto one grid if they do not."""

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np

from aefusion.medical.resample import resampled
from aefusion.medical.volume import Volume

Resample = Literal["b-to-a", "a-to-b"]


def check_patients(a: Volume, b: Volume, force: bool, warn: Callable[[str], object] = warnings.warn) -> list[str]:
    """What differs all the same: "patients", "patient positions".

    ValueError where the headers name two patients or two positions on the table; with `force` a warning. A warning,
    too, where they state different frames of reference: millimetres of one scan then need not be those of the other.
    What a file does not state is not compared.
    """
    different: list[str] = []
    if a.header is None or b.header is None:
        return different
    for name, what in (("PatientID", "patients"), ("PatientPosition", "patient positions")):
        stated = [str(volume.header.get(name) or "") for volume in (a, b)]
        if all(stated) and stated[0] != stated[1]:
            wrong = f"{a.name} and {b.name} are of different {what}, {stated[0]} and {stated[1]}"
            if not force:
                raise ValueError(f"{wrong}: if they belong together all the same: `force=True`")
            warn(wrong)
            different.append(what)
    stated = [volume.header.get("FrameOfReferenceUID") for volume in (a, b)]
    if all(stated) and stated[0] != stated[1] and a.grid and b.grid:
        wrong = f"{a.name} and {b.name} state different frames of reference: their positions agree only if registered"
        warn(wrong)
    return different


def on_one_grid(
    a: Volume, b: Volume, resample: Resample | None, warn: Callable[[str], object] = warnings.warn
) -> tuple[Volume, Volume]:
    """Both volumes on one grid; ValueError with both grids if they differ and nobody said which is to win.

    Where one states no position they are taken as aligned, with a warning, if they are of one size.
    """
    if resample not in (None, "b-to-a", "a-to-b"):
        raise ValueError(f"resample {resample!r}: expected b-to-a or a-to-b")
    if a.grid and b.grid:
        if a.grid.fits(b.grid):
            return a, b
        if resample == "b-to-a":
            return a, resampled(b, a.grid)
        if resample == "a-to-b":
            return resampled(a, b.grid), b
        apart = a.grid.distance(b.grid)
        by = f", up to {apart:.3g} mm apart" if np.isfinite(apart) else ""
        raise ValueError(
            f"{a.name} and {b.name} lie on different grids{by}: the first has {a.grid}; the second has {b.grid}: "
            'give `resample="b-to-a"` (the grid of the first stays) or `resample="a-to-b"` (that of the second)'
        )
    if (a.columns, a.rows, a.count) != (b.columns, b.rows, b.count):
        raise ValueError(
            f"{a.name} has {_size(a)} and {b.name} {_size(b)}: sizes differ, and without positions in both they cannot "
            "be resampled: bring them to one size first"
        )
    silent = " and ".join(volume.name for volume in (a, b) if volume.grid is None)
    warn(f"{silent}: no position stated: taken as aligned voxel by voxel")
    return a, b


def _size(volume: Volume) -> str:
    grid = f" ({volume.grid})" if volume.grid else ", no position stated"
    return f"{volume.columns}x{volume.rows}x{volume.count} voxels{grid}"
