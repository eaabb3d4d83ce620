"""The units in which the values of a DICOM series are taken."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aefusion.files import FileError
from aefusion.medical.dicom import Plane
from aefusion.medical.real_world import has_real_world, real_world, unit_of
from aefusion.medical.suv import suv_factor
from aefusion.medical.values import Scale, dose_scale, rescaled
from aefusion.medical.window import Window

Units = Literal["file", "real", "suv"]
_WORDS = {"HU": "HU", "BQML": "Bq/ml", "CNTS": "counts", "GML": "SUV", "GY": "Gy", "RELATIVE": "of the dose", "US": ""}
SUV_WINDOW = Window(3, 6)
"""How PET in SUV is usually shown."""


@dataclass(frozen=True)
class Measure:
    """How stored samples become values, and what the values are."""

    scale: Scale
    unit: str = ""
    window: Window | None = None
    """The window of these units, instead of the file's."""
    window_scale: float | None = 1
    """What the file's own window is multiplied by; None if it does not hold for these units."""


def measure_of(
    path: Path, planes: Sequence[Plane], units: Units, warn: Callable[[str], object] = warnings.warn
) -> Measure:
    """How the slices of a series are measured.

    "file": as rescale slope and intercept, the modality table or the dose grid scaling say. "suv": the standardised
    uptake by body weight of PET; other modalities as "file". "real": by the real world value mapping, where the series
    has one. ValueError or FileError if what the units need is not stated.
    """
    header = planes[0].header
    if units == "suv" and header.get("Modality") == "PT":
        factor = suv_factor(path, planes, warn)
        return Measure(lambda plane, samples: rescaled(plane, samples) * factor, "SUV", SUV_WINDOW, None)
    if units == "real" and has_real_world(planes[0]):
        if not all(map(has_real_world, planes)):
            raise FileError(path, "some slices have a real world value mapping and others have none", "keep one kind")
        return Measure(real_world, unit_of(planes[0]), None, None)
    if has_real_world(planes[0]) and not _same(planes[0]):
        unit = unit_of(planes[0])
        warn(f'{path}: maps its values to {unit or "real world values"} too: `units="real"` takes those')
    stated = str(planes[0].get("RescaleType", "PixelValueTransformationSequence") or header.get("Units") or "")
    if header.get("DoseGridScaling"):
        stated = str(header.get("DoseUnits") or "GY")
    elif not stated and header.get("Modality") == "CT":
        stated = "HU"
    return Measure(rescaled, _WORDS.get(stated.upper(), ""), None, dose_scale(planes[0]))


def _same(plane: Plane) -> bool:
    """Whether the real world values are those of the rescale slope and intercept."""
    import numpy as np

    ends = np.array([[0, 100]], np.int32)
    mapped, scaled = real_world(plane, ends), rescaled(plane, ends)
    return bool(np.allclose(mapped, scaled, rtol=1e-4, equal_nan=True) or np.isnan(mapped).any())
