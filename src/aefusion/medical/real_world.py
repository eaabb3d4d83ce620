"""Real world values: what stored samples measure, by a mapping beside the one that is for display (PS3.3 C.7.6.16)."""

import numpy as np

from aefusion.files import FileError
from aefusion.medical.dicom import Plane

_SEQUENCE = "RealWorldValueMappingSequence"


def has_real_world(plane: Plane) -> bool:
    """Whether the slice states such a mapping."""
    return bool(plane.items(_SEQUENCE))


def unit_of(plane: Plane) -> str:
    """The unit of its first mapping: the code in UCUM without what is in braces, such as "g/ml"; else empty."""
    codes = plane.items(_SEQUENCE)[0].get("MeasurementUnitsCodeSequence") or ()
    code = str(codes[0].get("CodeValue") or codes[0].get("CodeMeaning") or "") if codes else ""
    return "SUV" if code.startswith("{SUV") else "" if code in ("1", "{no units}", "UNDEFINED") else code


def real_world(plane: Plane, samples: np.ndarray) -> np.ndarray:
    """The samples (rows, columns) as real world values, float64; NaN for what no mapping of the first's unit covers."""
    values = np.full(samples.shape, np.nan)
    items = plane.items(_SEQUENCE)
    unit = _code(items[0])
    for item in reversed([item for item in items if _code(item) == unit]):
        low, high = (_end(item, name) for name in ("First", "Last"))
        inside = np.ones(samples.shape, bool)
        if low is not None and high is not None:
            inside = (samples >= low) & (samples <= high)
        if item.get("RealWorldValueLUTData"):
            table = np.atleast_1d(np.array(item.RealWorldValueLUTData, np.float64))
            places = np.clip(samples[inside] - int(low or 0), 0, len(table) - 1)
            values[inside] = table[np.rint(places).astype(np.int64)]
        else:
            slope, intercept = item.get("RealWorldValueSlope"), item.get("RealWorldValueIntercept")
            if slope is None or intercept is None:
                wrong = "its real world value mapping has no slope and intercept, and no table"
                raise FileError(plane.path, wrong, 'take `units="file"`')
            values[inside] = samples[inside] * float(slope) + float(intercept)
    return values


def _code(item) -> str:
    codes = item.get("MeasurementUnitsCodeSequence") or ()
    return str(codes[0].get("CodeValue") or "") if codes else ""


def _end(item, name: str) -> float | None:
    for kind in ("RealWorldValue{}ValueMapped", "DoubleFloatRealWorldValue{}ValueMapped"):
        if (value := item.get(kind.format(name))) is not None:
            return float(value)
    return None
