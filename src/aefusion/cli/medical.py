"""Fuse medical images."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import ENGINE, IN_FILES, Engine, Json, Output

SHOWN = Parameter(group=Group("What is shown", sort_key=2))
PLACE = Parameter(group=Group("Place and patient", sort_key=2.5))


def medical(
    a: Annotated[Path, IN_FILES],
    b: Annotated[Path, IN_FILES],
    /,
    *,
    output: Annotated[Output, IN_FILES],
    slice: Annotated[int | None, IN_FILES] = None,
    series_a: Annotated[int | None, IN_FILES] = None,
    series_b: Annotated[int | None, IN_FILES] = None,
    json: Annotated[Json, IN_FILES] = False,
    dry_run: Annotated[bool, IN_FILES] = False,
    window_a: Annotated[tuple[float, float] | None, SHOWN] = None,
    window_b: Annotated[tuple[float, float] | None, SHOWN] = None,
    colormap: Annotated[Literal["hot-iron", "pet", "hot-metal-blue", "pet-20-step"] | None, SHOWN] = None,
    resample: Annotated[Literal["b-to-a", "a-to-b"] | None, PLACE] = None,
    force: Annotated[bool, PLACE] = False,
    anonymise: Annotated[bool, PLACE] = False,
    engine: Engine = ENGINE,
) -> None:
    """Fuse two DICOM or NIfTI images, slices or volumes, that lie on one grid in the patient. Not a medical device.

    Parameters
    ----------
    a
        The first, for example MRI: a DICOM file (one frame or several), a folder with a DICOM series, .nii or .nii.gz.
    b
        The second, for example CT, PET or SPECT.
    output
        `.nii` or `.nii.gz`; a new folder, for a DICOM series; `.dcm` or `.png` for a single slice.
    slice
        Fuse only this slice, counted from 1 in the order of the result.
    series_a
        Which series of the first folder, by its number.
    series_b
        Which series of the second folder, by its number.
    dry_run
        Say what would be fused, on which grid and with which windows, and write nothing.
    window_a
        The centre and the width of the first in its units (Hounsfield units of CT). The default is the file's own
        window, or percentiles.
    window_b
        The same for the second.
    colormap
        Colours for the second, if it is PET or SPECT in gray.
    resample
        Where the grids differ, bring the second onto the grid of the first (`b-to-a`), or the first onto the second's.
    force
        Fuse although the headers name different patients or patient positions.
    anonymise
        Take nothing over from the headers but where the slices lie. What is to be seen in the pixels stays.
    """
    from aefusion import fuse_volumes
    from aefusion.cli.console import progress_bar
    from aefusion.cli.results import showing_one

    with showing_one([a, b], output, json) as (_, show):
        with progress_bar("fusing", lines=False) as progress:
            fused = fuse_volumes(
                a, b, output, slice=slice, series_a=series_a, series_b=series_b, window_a=window_a, window_b=window_b,
                colormap=colormap, resample=resample, force=force, anonymise=anonymise, dry_run=dry_run,
                progress=progress, **vars(engine),
            )  # fmt: skip
        if dry_run:
            lines = [f"{path}: {shown}" for path, shown in zip((a, b), fused.shown, strict=True)]
            show(fused, "\n".join([*lines, f"{output}: {fused.kind}, {fused.grid or 'no position stated'}"]))
        else:
            slices = f"{fused.count} slice{'s' * (fused.count > 1)} of {fused.width}x{fused.height}"
            show(fused, f"{output}: {slices}, {fused.in_words}; {fused.by}")
