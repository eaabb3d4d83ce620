"""Whether two volumes show one place of one patient, and bringing them onto one grid if they do not."""

import warnings
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from aefusion.medical.forms import SPACES
from aefusion.medical.resample import resampled
from aefusion.medical.volume import Volume

Resample = Literal["b-to-a", "a-to-b"]


def check_spaces(a: Volume, b: Volume, warn: Callable[[str], object] = warnings.warn) -> None:
    """A warning where positions are measured in different spaces: by NIfTI's codes, or DICOM's frames of reference.

    Millimetres of one space need not be those of the other. What a file does not state is not compared.
    """
    if not (a.grid and b.grid):
        return
    frames = [volume.header is not None and volume.header.get("FrameOfReferenceUID") for volume in (a, b)]
    if all(frames) and frames[0] != frames[1]:
        what = "state different frames of reference"
    elif a.grid.space != b.grid.space:
        one, other = (SPACES.get(volume.grid.space, f"code {volume.grid.space}") for volume in (a, b) if volume.grid)
        what = f"lie in different spaces, of {one} and of {other}"
    else:
        return
    warn(f"{a.name} and {b.name} {what}: their positions agree only if registered")


def check_patients(a: Volume, b: Volume, force: bool, warn: Callable[[str], object] = warnings.warn) -> list[str]:
    """What differs all the same: "patients", "patient positions".

    ValueError where the headers name two patients or two positions on the table; with `force` a warning. What a file
    does not state is not compared.
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
    return different


def on_one_grid(
    volumes: Sequence[Volume], resample: Resample | None, warn: Callable[[str], object] = warnings.warn
) -> tuple[Volume, ...]:
    """All volumes on one grid; ValueError with both grids if they differ and nobody said which is to win.

    "b-to-a": that of the first, "a-to-b": that of the second. Where one states no position they are taken as aligned,
    with a warning, if they are of one size.
    """
    if resample not in (None, "b-to-a", "a-to-b"):
        raise ValueError(f"resample {resample!r}: expected b-to-a or a-to-b")
    reference = volumes[1] if resample == "a-to-b" else volumes[0]
    reference = reference if reference.grid else next((volume for volume in volumes if volume.grid), reference)
    return tuple(
        volume if volume is reference else _onto(volume, reference, resample, warn, volumes[0] is volume)
        for volume in volumes
    )


def _onto(
    volume: Volume, reference: Volume, resample: Resample | None, warn: Callable[[str], object], is_first: bool
) -> Volume:
    """A volume on the grid of another one."""
    a, b = (volume, reference) if is_first else (reference, volume)
    if a.grid and b.grid:
        if a.grid.fits(b.grid):
            return volume
        if resample:
            assert reference.grid
            return resampled(volume, reference.grid)
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
    return volume


def _size(volume: Volume) -> str:
    grid = f" ({volume.grid})" if volume.grid else ", no position stated"
    return f"{volume.columns}x{volume.rows}x{volume.count} voxels{grid}"
