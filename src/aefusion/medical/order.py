"""The slices of a DICOM series in their order in the patient, and the grid that they make."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.dicom import Plane
from aefusion.medical.grid import Grid
from aefusion.medical.one_kind import check_one_kind, names
from aefusion.medical.several import SAME_PLACE, choose_volume
from aefusion.medical.wanted import Wanted

LPS = np.diag([-1.0, -1, 1])
"""From DICOM's directions (left, back, head) to NIfTI's (right, front, head), and back."""
_UNEVEN = 0.05
"""How far from its place a slice may lie, as a share of the distance between slices."""


def in_order(path: Path, planes: list[Plane], wanted: Wanted) -> tuple[list[Plane], Grid | None, int]:
    """The slices sorted along their normal, and their grid; without positions by their number, and None.

    Of several slices at each position those of one volume; the last is how many volumes there are.
    """
    stated = [(_orientation(plane), _position(plane)) for plane in planes]
    silent = [i for i, (orientation, position) in enumerate(stated) if orientation is None or position is None]
    if len(silent) == len(planes):
        check_one_kind(path, planes)
        wanted.index(path, 1, "")
        return _by_number(path, planes), None, 1
    if silent:
        without = len(silent) <= len(planes) / 2
        odd = [planes[i] for i in range(len(planes)) if (i in set(silent)) == without]
        wrong = f"some slices state their position and others do not ({'none' if without else 'one'} in {names(odd)})"
        raise FileError(path, wrong, "keep those of one kind")
    check_one_kind(path, planes)
    row, column = stated[0][0]  # pyright: ignore
    normal = np.cross(row, column)
    positions = np.array([position for _, position in stated])
    planes, positions, volumes = choose_volume(path, planes, positions, wanted)
    order = np.argsort(positions @ normal, kind="stable")
    planes, positions = [planes[i] for i in order], positions[order]
    down, across = spacing_of(planes[0])  # pyright: ignore
    step = _step(path, planes, positions, normal)
    affine = np.eye(4)
    affine[:3] = LPS @ np.column_stack([row * across, column * down, step, positions[0]])
    shape = (int(planes[0].header.Columns), int(planes[0].header.Rows), len(planes))
    return planes, Grid(shape, affine), volumes


def spacing_of(plane: Plane) -> tuple[float, float] | None:
    """The distance of rows and of columns in mm; None if it is not stated. FileError if it is none."""
    stated = plane.get("PixelSpacing", "PixelMeasuresSequence")
    if not stated or len(stated) != 2:
        return None
    down, across = _finite(plane, "PixelSpacing", stated)
    if min(down, across) <= 0:
        raise FileError(plane.path, f"its PixelSpacing is {down:g}\\{across:g}", "set it right first")
    return down, across


def _step(path: Path, planes: list[Plane], positions: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """From one slice to the next, in mm; FileError if a slice is missing, doubled or out of line."""
    if len(planes) == 1:
        group = "PixelMeasuresSequence"
        thickness = planes[0].get("SpacingBetweenSlices", group) or planes[0].get("SliceThickness", group) or 1
        (thickness,) = _finite(planes[0], "SliceThickness", [thickness])
        return normal * (abs(thickness) or 1)
    gaps = np.diff(positions @ normal)
    closest, widest = int(gaps.argmin()), int(gaps.argmax())
    if gaps[closest] < SAME_PLACE:
        wrong = f"two slices at one position, {planes[closest]} and {planes[closest + 1]}"
        raise FileError(path, wrong, "keep one (of several echoes, phases or times, one each)")
    usual = float(gaps.min())
    odd = _out_of_line(positions, gaps)
    multiple = gaps[widest] / float(np.median(gaps))
    if gaps[widest] > 1.5 * usual and (abs(multiple - round(multiple)) < 0.1 or not 0 < len(odd) < len(planes) / 4):
        where = f"{gaps[widest]:.4g} mm between {planes[widest]} and {planes[widest + 1]}, {usual:.4g} mm elsewhere"
        raise FileError(path, f"a slice is missing: {where}", "complete the series")
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    off = np.linalg.norm(positions - positions[0] - np.arange(len(planes))[:, None] * step, axis=1).max()
    if off > _UNEVEN * usual:
        usual = float(np.median(gaps))
        which = f" ({names([planes[i] for i in odd])})" if len(odd) else ""
        wrong = f"its slices are not evenly spaced (up to {off:.3g} mm out of line, {usual:.4g} mm apart){which}"
        raise FileError(path, wrong, "resample it to an even spacing first")
    return step


def _out_of_line(positions: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The indices of slices that lie beside the line on which most of them lie."""
    steps = np.diff(positions, axis=0)
    step = np.median(steps, axis=0)
    places = np.arange(len(positions))[:, None] * step
    start = np.median(positions - places, axis=0)
    return np.flatnonzero(np.linalg.norm(positions - start - places, axis=1) > _UNEVEN * float(np.median(gaps)))


def _by_number(path: Path, planes: list[Plane]) -> list[Plane]:
    planes = sorted(planes, key=lambda plane: (int(plane.header.get("InstanceNumber") or 0), plane.frame, plane.path))
    numbers = [int(plane.header.get("InstanceNumber") or 0) for plane in planes if plane.frame == 0]
    for one, other in pairwise(numbers):
        if other != one + 1:
            wrong = f"two slices of number {one}" if one == other else f"no slice between numbers {one} and {other}"
            raise FileError(path, f"{wrong}, and no positions to go by", "complete the series, or keep one of each")
    return planes


def _orientation(plane: Plane) -> tuple[np.ndarray, np.ndarray] | None:
    """The directions of a row and of a column, unit vectors (left, back, head)."""
    stated = plane.get("ImageOrientationPatient", "PlaneOrientationSequence") or _detector(
        plane, "ImageOrientationPatient"
    )
    if stated is None or len(stated) != 6:
        return None
    row, column = np.array(_finite(plane, "ImageOrientationPatient", stated)).reshape(2, 3)
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) <= 0.5 or np.linalg.norm(np.cross(row, column)) < 0.5 * lengths[0] * lengths[1]:
        return None
    return row / lengths[0], column / lengths[1]


def _position(plane: Plane) -> np.ndarray | None:
    """The centre of the first pixel, in mm (left, back, head)."""
    stated = plane.get("ImagePositionPatient", "PlanePositionSequence") or _detector(plane, "ImagePositionPatient")
    if stated is None or len(stated) != 3 or not spacing_of(plane):
        return None
    position = np.array(_finite(plane, "ImagePositionPatient", stated))
    if int(plane.header.get("NumberOfFrames") or 1) == 1 or "PerFrameFunctionalGroupsSequence" in plane.header:
        return position
    orientation = _orientation(plane)
    offsets, spacing = plane.header.get("GridFrameOffsetVector"), plane.header.get("SpacingBetweenSlices")
    if orientation is None or not (offsets or spacing):
        return None
    normal = np.cross(*orientation)
    if not offsets:
        return position + normal * _place(plane) * _finite(plane, "SpacingBetweenSlices", [spacing])[0]
    offset, first = _finite(plane, "GridFrameOffsetVector", [offsets[plane.frame], offsets[0]])
    # The vector begins with 0, or it holds heights in the patient.
    return position + normal * (offset if first == 0 else (offset - first) * np.sign(normal[2] or 1))


def _place(plane: Plane) -> int:
    """How many slices a frame lies from the first: its own number, but where gates give several frames to a slice."""
    slices = plane.header.get("SliceVector")
    if slices is None or isinstance(slices, int) or len(set(slices)) == len(slices):
        return plane.frame
    return list(dict.fromkeys(int(one) for one in slices)).index(int(slices[plane.frame]))


def _detector(plane: Plane, name: str) -> Any:
    """Where nuclear medicine keeps what others keep in the file's first level; only if its frames are slices."""
    items = plane.header.get("DetectorInformationSequence") or ()
    kinds = plane.header.get("ImageType") or ()
    return items[0].get(name) if items and {"RECON TOMO", "RECON GATED TOMO"} & set(kinds) else None


def _finite(plane: Plane, name: str, values: Any) -> list[float]:
    numbers = [float(x) for x in values]
    if not np.isfinite(numbers).all():
        raise FileError(plane.path, f"its {name} is no number ({numbers})", "set it right first, or export it again")
    return numbers
