"""Fuse medical images."""

import warnings
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

FILES = Group("Files", sort_key=1)
SHOWN = Group("What is shown", sort_key=2)
PLACE = Group("Place and patient", sort_key=3)
FUSION = Group("Fusion", sort_key=4)


def medical(
    a: Annotated[Path, Parameter(group=FILES)],
    b: Annotated[Path, Parameter(group=FILES)],
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o", group=FILES)],
    slice: Annotated[int | None, Parameter(group=FILES)] = None,
    series_a: Annotated[int | None, Parameter(group=FILES)] = None,
    series_b: Annotated[int | None, Parameter(group=FILES)] = None,
    dry_run: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    window_a: Annotated[tuple[float, float] | None, Parameter(negative="", group=SHOWN)] = None,
    window_b: Annotated[tuple[float, float] | None, Parameter(negative="", group=SHOWN)] = None,
    colormap: Annotated[
        Literal["hot-iron", "pet", "hot-metal-blue", "pet-20-step"] | None, Parameter(group=SHOWN)
    ] = None,
    resample: Annotated[Literal["b-to-a", "a-to-b"] | None, Parameter(group=PLACE)] = None,
    force: Annotated[bool, Parameter(negative="", group=PLACE)] = False,
    anonymise: Annotated[bool, Parameter(negative="", group=PLACE)] = False,
    model: Annotated[str | None, Parameter(group=FUSION, show_default=lambda _: "aenetv2")] = None,
    method: Annotated[str | None, Parameter(group=FUSION)] = None,
    engine: Annotated[Literal["auto", "cpu", "onnx", "torch"], Parameter(group=FUSION)] = "auto",
    threads: Annotated[int | None, Parameter(group=FUSION)] = None,
) -> int:
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
        Say what would be fused, on which grid and with which windows, and stop.
    window_a
        Centre and width of the first in its units (Hounsfield units of CT). Else the file's own, or percentiles.
    window_b
        The same for the second.
    colormap
        Colours for the second, if it is PET or SPECT in gray.
    resample
        Where the grids differ: bring the second onto the grid of the first (`b-to-a`), or the first onto the second's.
    force
        Fuse although the headers name different patients or patient positions.
    anonymise
        Take nothing over from the headers but where the slices lie. What is to be seen in the pixels stays.
    model
        A name that `aefusion models` lists, or a file of weights.
    method
        A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`.
    engine
        What runs the network; see `aefusion doctor`.
    threads
        How many threads; all cores, if not given.
    """
    from aefusion.cli.console import progress_bar
    from aefusion.fusion.fuser import Fuser
    from aefusion.medical import fuse_pair, open_pair
    from aefusion.medical.fuse import check_output

    # In two windows, as for bone and brain, one file is a pair.
    if a.exists() and b.exists() and a.samefile(b) and (series_a, window_a) == (series_b, window_b):
        warnings.warn(f"{b}: given twice, in one window: nothing is added to it", stacklevel=2)
    number = None if slice is None else slice - 1
    with open_pair(
        a, b, window_a=window_a, window_b=window_b, colormap=colormap, resample=resample,
        series_a=series_a, series_b=series_b, force=force,
    ) as pair:  # fmt: skip
        kind = check_output(output, pair, number)
        if dry_run:
            for path, shown in ((a, pair.a), (b, pair.b)):
                print(f"{path}: {shown.in_words}")
            print(f"{output}: {kind}, {pair.grid or 'no position stated'}")
            return 0
        fuser = Fuser(model, engine, threads, method)
        with progress_bar("fusing", lines=False) as report:
            count = fuse_pair(fuser, pair, output, number=number, anonymise=anonymise, report=report)
        slices = f"{count} slice{'s' * (count > 1)} of {pair.a.volume.columns}x{pair.a.volume.rows}"
        print(f"{output}: {slices}, {pair.in_words}; {fuser.name} on {fuser.runs_on}")
    return 0
