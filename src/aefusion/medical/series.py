"""A DICOM file, the series in a folder or that of a DICOMDIR, as a volume."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from aefusion.files import FileError
from aefusion.medical.choose_series import choose_series
from aefusion.medical.dicom import header_of, planes_of, refuse_mosaic
from aefusion.medical.errors import told_of
from aefusion.medical.find import is_directory, planes_in
from aefusion.medical.order import in_order
from aefusion.medical.units import measure_of
from aefusion.medical.values import values_of
from aefusion.medical.voi import window_of
from aefusion.medical.volume import Volume
from aefusion.medical.wanted import Wanted
from aefusion.medical.window import Window

_ONE = Wanted()


def open_dicom(path: Path, wanted: Wanted = _ONE, warn: Callable[[str], object] = warnings.warn) -> Volume:
    """A DICOM file, a folder or a DICOMDIR as a volume; `wanted` says which series and which volume of several.

    Slices are sorted by position. FileError if there is no image, if a slice is missing or doubled, if slices are of
    different sizes or orientations, or if there are several series or volumes and none is chosen.
    """
    with told_of(path):
        return _opened(path, wanted, warn)


def _opened(path: Path, wanted: Wanted, warn: Callable[[str], object]) -> Volume:
    header = None if path.is_dir() else header_of(path)
    if header is None or is_directory(header):
        planes = choose_series(path, planes_in(path), wanted.series)
    else:
        planes = planes_of(path, header)
    if not planes:
        raise FileError(path, "holds no pixels", "give an image")
    refuse_mosaic(planes[0])
    planes, grid, volumes = in_order(path, planes, wanted)
    first = planes[0].header
    colour = int(first.get("SamplesPerPixel") or 1) == 3 or first.get("PhotometricInterpretation") == "PALETTE COLOR"
    measure = measure_of(path, planes, wanted.units, warn)
    window = window_of(planes)
    if measure.window or measure.window_scale is None:
        window = measure.window
    elif isinstance(window, Window) and measure.window_scale != 1:
        function = "SIGMOID" if window.function == "SIGMOID" else "LINEAR_EXACT"
        by = measure.window_scale
        window = replace(window, centre=window.centre * by, width=window.width * by, function=function)
    return Volume(
        str(path),
        len(planes),
        int(first.Rows),
        int(first.Columns),
        lambda number: values_of(planes[number], measure.scale),
        colour,
        grid,
        window,
        first.get("PhotometricInterpretation") == "MONOCHROME1",
        str(first.get("Modality") or ""),
        "" if colour else measure.unit,
        first,
        tuple((plane,) for plane in planes),
        tuple(dict.fromkeys(plane.path for plane in planes)),
        volumes,
    )
