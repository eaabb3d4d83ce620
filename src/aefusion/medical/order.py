"""The slices of a DICOM series in their order in the patient, and the grid that they make."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.medical.dicom import Plane
from aefusion.medical.grid import Grid

LPS = np.diag([-1.0, -1, 1])
"""From DICOM's directions (left, back, head) to NIfTI's (right, front, head), and back."""
_SAME_PLACE = 0.01
"""Slices less far apart, in mm, are at one position."""
_UNEVEN = 0.05
"""How far from its place a slice may lie, as a share of the distance between slices."""


def in_order(path: Path, planes: list[Plane]) -> tuple[list[Plane], Grid | None]:
    """The slices sorted along their normal, and their grid; without positions by their number, and None."""
    stated = [(_orientation(plane), _position(plane)) for plane in planes]
    if all(orientation is None or position is None for orientation, position in stated):
        return _by_number(path, planes), None
    if any(orientation is None or position is None for orientation, position in stated):
        raise FileError(path, "some slices state their position and others do not", "keep those of one kind")
    directions = np.array([orientation for orientation, _ in stated])
    if np.abs(directions - directions[0]).max() > 1e-3:
        wrong = "slices of different orientation in one series"
        raise FileError(path, wrong, "keep those of one orientation (a localiser is no volume)")
    row, column = directions[0]
    normal = np.cross(row, column)
    positions = np.array([position for _, position in stated])
    order = np.argsort(positions @ normal, kind="stable")
    planes, positions = [planes[i] for i in order], positions[order]
    down, across = (float(x) for x in planes[0].get("PixelSpacing", "PixelMeasuresSequence"))
    step = _step(path, planes, positions, normal)
    affine = np.eye(4)
    affine[:3] = LPS @ np.column_stack([row * across, column * down, step, positions[0]])
    return planes, Grid((int(planes[0].header.Columns), int(planes[0].header.Rows), len(planes)), affine)


def _step(path: Path, planes: list[Plane], positions: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """From one slice to the next, in mm; FileError if a slice is missing, doubled or out of line."""
    if len(planes) == 1:
        group = "PixelMeasuresSequence"
        thickness = planes[0].get("SpacingBetweenSlices", group) or planes[0].get("SliceThickness", group) or 1
        return normal * (abs(float(thickness)) or 1)
    gaps = np.diff(positions @ normal)
    usual, closest, widest = float(gaps.min()), int(gaps.argmin()), int(gaps.argmax())
    if usual < _SAME_PLACE:
        wrong = f"two slices at one position, {planes[closest]} and {planes[closest + 1]}"
        raise FileError(path, wrong, "keep one (of several echoes, phases or times, one each)")
    if gaps[widest] > 1.5 * usual:
        where = f"{gaps[widest]:.4g} mm between {planes[widest]} and {planes[widest + 1]}, {usual:.4g} mm elsewhere"
        raise FileError(path, f"a slice is missing: {where}", "complete the series")
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    off = np.linalg.norm(positions - positions[0] - np.arange(len(planes))[:, None] * step, axis=1).max()
    if off > _UNEVEN * usual:
        wrong = f"its slices are not evenly spaced (up to {off:.3g} mm out of line, {usual:.4g} mm apart)"
        raise FileError(path, wrong, "resample it to an even spacing first")
    return step


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
    row, column = np.array(stated, np.float64).reshape(2, 3)
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    return (row / lengths[0], column / lengths[1]) if min(lengths) > 0.5 else None


def _position(plane: Plane) -> np.ndarray | None:
    """The centre of the first pixel, in mm (left, back, head)."""
    stated = plane.get("ImagePositionPatient", "PlanePositionSequence") or _detector(plane, "ImagePositionPatient")
    if stated is None or len(stated) != 3 or not plane.get("PixelSpacing", "PixelMeasuresSequence"):
        return None
    position = np.array(stated, np.float64)
    if int(plane.header.get("NumberOfFrames") or 1) == 1 or "PerFrameFunctionalGroupsSequence" in plane.header:
        return position
    orientation = _orientation(plane)
    offsets, spacing = plane.header.get("GridFrameOffsetVector"), plane.header.get("SpacingBetweenSlices")
    if orientation is None or not (offsets or spacing):
        return None
    normal = np.cross(*orientation)
    return position + normal * float(offsets[plane.frame] if offsets else plane.frame * spacing)


def _detector(plane: Plane, name: str) -> Any:
    """Where nuclear medicine keeps what others keep in the file's first level; only if its frames are slices."""
    items = plane.header.get("DetectorInformationSequence") or ()
    return items[0].get(name) if items and "RECON TOMO" in (plane.header.get("ImageType") or ()) else None
