"""Fuse medical images."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import ENGINE, IN_FILES, Engine, Json, Output

WHICH = Parameter(group=Group("Which of several", sort_key=1.5))
SHOWN = Parameter(group=Group("What is shown", sort_key=2))
PLACE = Parameter(group=Group("Place and patient", sort_key=2.5))
SOME = Parameter(consume_multiple=True)
Window = tuple[float, float]


def medical(
    a: Annotated[Path, IN_FILES],
    b: Annotated[Path, IN_FILES],
    c: Annotated[Path | None, IN_FILES] = None,
    /,
    *,
    output: Annotated[Output, IN_FILES],
    slice: Annotated[int | None, IN_FILES] = None,
    view: Annotated[Literal["axial", "coronal", "sagittal"] | None, IN_FILES] = None,
    json: Annotated[Json, IN_FILES] = False,
    dry_run: Annotated[bool, IN_FILES] = False,
    series_a: Annotated[str | None, WHICH] = None,
    series_b: Annotated[str | None, WHICH] = None,
    series_c: Annotated[str | None, WHICH] = None,
    volume: Annotated[list[int] | None, WHICH, SOME] = None,
    window_a: Annotated[Window | None, SHOWN] = None,
    window_b: Annotated[Window | None, SHOWN] = None,
    window_c: Annotated[Window | None, SHOWN] = None,
    units: Annotated[Literal["file", "suv", "real"], SHOWN] = "file",
    colormap: Annotated[Literal["hot-iron", "pet", "hot-metal-blue", "pet-20-step"] | None, SHOWN] = None,
    opacity: Annotated[float | None, SHOWN] = None,
    colour_bar: Annotated[bool, SHOWN] = False,
    resample: Annotated[Literal["b-to-a", "a-to-b"] | None, PLACE] = None,
    register: Annotated[list[Literal["b", "c"]] | None, PLACE, SOME] = None,
    save_transform: Annotated[Path | None, PLACE] = None,
    form: Annotated[Literal["q", "s"] | None, PLACE] = None,
    force: Annotated[bool, PLACE] = False,
    anonymise: Annotated[bool, PLACE] = False,
    engine: Engine = ENGINE,
) -> None:
    """Fuse two medical images or three, slices or volumes, that lie on one grid in the patient. Not a medical device.

    Parameters
    ----------
    a
        The first, for example MRI: a DICOM file (one frame or several), a folder with a DICOM series, a DICOMDIR, NIfTI
        (.nii, .nii.gz), MGZ, Analyze, MetaImage or NRRD.
    b
        The second, for example CT, PET or SPECT.
    c
        A third, for example PET over CT and MRI.
    output
        `.nii` or `.nii.gz`; a new folder, for a DICOM series; `.dcm` or `.png` for a single slice.
    slice
        Fuse only this slice, counted from 1 in the order of the result.
    view
        Slices of this direction, upright, however the volumes are stored. The default is the slices as they are stored.
    dry_run
        Say what would be fused, on which grid and with which windows, and write nothing.
    series_a
        Which series of the first folder: its number, UID or description, or `position=2` for the second of the list
        that is printed where there are several.
    series_b
        Which series of the second folder.
    series_c
        Which series of the third folder.
    volume
        Which of several volumes (echoes, times, gates, the fourth axis of NIfTI), counted from 1: one number for the
        sources that hold several, or a number for each source.
    window_a
        The centre and the width of the first in its units (Hounsfield units of CT). The default is the file's own
        window, or percentiles.
    window_b
        The same for the second.
    window_c
        The same for the third.
    units
        `suv` for PET as the uptake by body weight, shown from 0 to 6 without a window; `real` for the real world values
        of files that state a mapping to them.
    colormap
        Colours for the last source, if it is PET or SPECT in gray.
    opacity
        Lay the last source over the others with this opacity, 0 to 1, instead of fusing it.
    colour_bar
        Draw the colours of the last source, and their values, at the side of a picture.
    resample
        Where the grids differ, bring the others onto the grid of the first (`b-to-a`), or onto that of the second.
    register
        Register the second (`b`), the third (`c`) or both onto the first, by shifts and turns, before resampling.
    save_transform
        Write the transform of `--register` to this file, as ITK does: `.tfm` or `.txt`.
    form
        Place NIfTI by its qform (`q`) or its sform (`s`). The default is the sform, if there is one.
    force
        Fuse although the headers name different patients or patient positions.
    anonymise
        Take nothing over from the headers but where the slices lie. What is to be seen in the pixels stays.
    """
    from aefusion import fuse_volumes
    from aefusion.cli.console import progress_bar
    from aefusion.cli.results import showing_one

    sources = [a, b] if c is None else [a, b, c]
    with showing_one(sources, output, json) as (_, show):
        with progress_bar("fusing", lines=False) as progress:
            fused = fuse_volumes(
                a, b, output, c=c, slice=slice, view=view, series_a=series_a, series_b=series_b, series_c=series_c,
                volume=volume, form=form, units=units, window_a=window_a, window_b=window_b, window_c=window_c,
                colormap=colormap, opacity=opacity, colour_bar=colour_bar, resample=resample, register=register or (),
                save_transform=save_transform, force=force, anonymise=anonymise, dry_run=dry_run, progress=progress,
                **vars(engine),
            )  # fmt: skip
        if dry_run:
            lines = [f"{path}: {shown}" for path, shown in zip(sources, fused.shown, strict=True)]
            show(fused, "\n".join([*lines, f"{output}: {fused.kind}, {fused.grid or 'no position stated'}"]))
        else:
            slices = f"{fused.count} slice{'s' * (fused.count > 1)} of {fused.width}x{fused.height}"
            show(fused, f"{output}: {slices}, {fused.in_words}; {fused.by}")
