"""What a DICOM slice measures: its stored samples in a unit."""

from collections.abc import Callable

import numpy as np

from aefusion.files import FileError
from aefusion.medical.dicom import Plane, reading
from aefusion.medical.stored import stored

Scale = Callable[[Plane, np.ndarray], np.ndarray]
"""From the stored samples of a slice to values, any float type."""


def values_of(plane: Plane, scale: Scale) -> np.ndarray:
    """A slice: (rows, columns) float32 in the unit of the scale, NaN where padded; or RGB.

    RGB is (rows, columns, 3) uint8, palettes applied. FileError if it cannot be decoded.
    """
    with reading(plane.path):
        samples = stored(plane)
        if samples.ndim == 3:
            if samples.dtype not in (np.uint8, np.uint16) or samples.shape[2] != 3:
                wrong = f"its pixels are {samples.dtype} of {samples.shape[2]} channels"
                raise FileError(plane.path, wrong, "convert it to gray or to RGB of 8 bit")
            return samples if samples.dtype == np.uint8 else np.rint(samples / 257).astype(np.uint8)
        values = scale(plane, samples).astype(np.float32)
        values[_padded(plane, samples)] = np.nan
        return values


def rescaled(plane: Plane, samples: np.ndarray) -> np.ndarray:
    """The samples in the modality's units (Hounsfield units of CT, counts or Bq/ml of PET, Gy of a dose), float64."""
    header = plane.header
    if "ModalityLUTSequence" in header:
        from pydicom.pixels.processing import apply_modality_lut

        return apply_modality_lut(samples, header)
    group = "PixelValueTransformationSequence"
    slope, intercept = plane.get("RescaleSlope", group), plane.get("RescaleIntercept", group)
    values = samples * float(1 if slope is None else slope) + float(intercept or 0)
    return values * dose_scale(plane)


def dose_scale(plane: Plane) -> float:
    """What the values of a dose are multiplied by, to be Gy (or what its DoseUnits say); of anything else 1."""
    return float(plane.header.get("DoseGridScaling") or 1)


def _padded(plane: Plane, samples: np.ndarray) -> np.ndarray:
    """Where there is nothing: (rows, columns) bool."""
    padding, limit = plane.header.get("PixelPaddingValue"), plane.header.get("PixelPaddingRangeLimit")
    if padding is None or not np.issubdtype(samples.dtype, np.integer):
        return np.zeros(samples.shape, bool)
    ends = sorted(_as_stored(int(end), plane) for end in (padding, padding if limit is None else limit))
    return (samples >= ends[0]) & (samples <= ends[1])


def _as_stored(value: int, plane: Plane) -> int:
    """A value that was written as unsigned where pixels are signed, or the other way round, as it is meant."""
    signed, bits = plane.header.get("PixelRepresentation") == 1, int(plane.header.BitsAllocated)
    if signed and value >= 1 << (bits - 1):
        return value - (1 << bits)
    return value + (1 << bits) if not signed and value < 0 else value
