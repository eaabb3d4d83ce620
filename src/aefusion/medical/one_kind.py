"""Whether the slices of a series are of one kind, and which are not."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.dicom import Plane

NAMED = 3
"""So many odd slices are named."""
_ALIKE = 1e-3
"""Spacings count as equal within this share of them, directions within this angle (in radians)."""


def check_one_kind(path: Path, planes: Sequence[Plane]) -> None:
    """FileError that names the odd slices, if not all are of one size, spacing, orientation and kind of pixels."""
    for name in ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"):
        _check(path, planes, name, lambda plane, name=name: str(plane.header.get(name)), str.__eq__)
    _check(path, planes, "PixelSpacing", _numbers("PixelSpacing", "PixelMeasuresSequence"), _near)
    directions = _numbers("ImageOrientationPatient", "PlaneOrientationSequence")
    _check(path, planes, "orientation", directions, lambda one, other: _near(one, other, 1.0))


def names(planes: Sequence[Plane]) -> str:
    """The slices by their files, the first few of many."""
    shown = ", ".join(map(str, planes[:NAMED]))
    return f"{shown} and {len(planes) - NAMED} more" if len(planes) > NAMED else shown


def _check(
    path: Path, planes: Sequence[Plane], name: str, of: Callable[[Plane], Any], alike: Callable[[Any, Any], bool]
) -> None:
    kinds: list[tuple[Any, list[Plane]]] = []
    for plane in planes:
        value = of(plane)
        fitting = next((members for first, members in kinds if alike(first, value)), None)
        if fitting is None:
            kinds.append((value, [plane]))
        else:
            fitting.append(plane)
    if len(kinds) == 1:
        return
    usual, most = max(kinds, key=lambda kind: len(kind[1]))
    odd = [plane for _, members in kinds if members is not most for plane in members]
    other = next(value for value, members in kinds if members is not most)
    wrong = (
        f"slices of different {name} in one series: {len(odd)} of {len(planes)} have {_words(other)} instead of "
        f"{_words(usual)} ({names(odd)})"
    )
    more = " (a localiser is no volume)" if name == "orientation" else ""
    raise FileError(path, wrong, f"keep those of one kind{more}")


def _numbers(name: str, group: str) -> Callable[[Plane], tuple[float, ...]]:
    return lambda plane: tuple(float(x) for x in plane.get(name, group) or ())


def _near(one: tuple[float, ...], other: tuple[float, ...], scale: float | None = None) -> bool:
    if len(one) != len(other):
        return False
    # What is no number (NaN) is told later, with its file; here it is as good as any other.
    a, b = np.nan_to_num(one), np.nan_to_num(other)
    size = np.abs(a).max(initial=0) if scale is None else scale
    return bool(np.abs(a - b).max(initial=0) <= _ALIKE * size)


def _words(value: Any) -> str:
    if isinstance(value, tuple):
        return "\\".join(f"{x:g}" for x in value) if value else "none"
    return "none" if value == "None" else str(value)
