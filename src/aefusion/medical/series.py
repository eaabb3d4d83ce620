"""The slices of a DICOM file or folder, brought into their order in the patient."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.image.errors import PictureError
from aefusion.medical.dicom import Plane, header_of, planes_of, values_of
from aefusion.medical.grid import Grid
from aefusion.medical.volume import Volume
from aefusion.medical.window import Table, Window

LPS = np.diag([-1.0, -1, 1])
"""From DICOM's directions (left, back, head) to NIfTI's (right, front, head), and back."""
_SAME_PLACE = 0.01
"""Slices less far apart, in mm, are at one position."""
_UNEVEN = 0.05
"""How far from its place a slice may lie, as a share of the distance between slices."""


def open_dicom(path: Path, series: int | None = None) -> Volume:
    """A DICOM file or a folder of one series as a volume; `series`: which one, by its number, if there are several.

    Slices are sorted by position. PictureError if there is no image, if a slice is missing or doubled, if slices are of
    different sizes or orientations, or if a folder holds several series.
    """
    planes = _of_folder(path, series) if path.is_dir() else planes_of(path, header_of(path))
    if not planes:
        raise PictureError(path, "holds no pixels" if path.is_file() else "holds no DICOM image", "give an image")
    first = planes[0].header
    for name in ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"):
        if len(kinds := {plane.header.get(name) for plane in planes}) > 1:
            wrong = f"slices of different {name} in one series ({', '.join(map(str, sorted(kinds, key=str)))})"
            raise PictureError(path, wrong, "keep those of one kind")
    planes, grid = _in_order(path, planes)
    return Volume(
        str(path),
        len(planes),
        int(first.Rows),
        int(first.Columns),
        lambda number: values_of(planes[number]),
        int(first.get("SamplesPerPixel") or 1) == 3 or first.get("PhotometricInterpretation") == "PALETTE COLOR",
        grid,
        _window(planes),
        first.get("PhotometricInterpretation") == "MONOCHROME1",
        str(first.get("Modality") or ""),
        planes[0].header,
        tuple((plane,) for plane in planes),
    )


def _of_folder(folder: Path, number: int | None) -> list[Plane]:
    """The slices of the one series in a folder, or of the one with this number."""
    found: dict[str, list[Plane]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith(".") or not _is_dicom(path):
            continue
        header = header_of(path)
        found[str(header.get("SeriesInstanceUID"))] += planes_of(path, header)
    several = [planes for planes in found.values() if planes]
    if number is not None:
        several = [planes for planes in several if planes[0].header.get("SeriesNumber") == number]
        if not several:
            raise PictureError(folder, f"holds no series of number {number}", f"it holds {_list(found.values())}")
    if len(several) > 1:
        advice = "choose one with --series-a or --series-b, or give each a folder of its own"
        raise PictureError(folder, f"holds {len(several)} series: {_list(several)}", advice)
    return several[0] if several else []


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _list(several: Any) -> str:
    def words(header: Any, count: int) -> str:
        what = f"{header.get('Modality') or ''} {header.get('SeriesDescription') or ''}".strip()
        return f"number {header.get('SeriesNumber')} ({what}, {count} slice{'s' * (count > 1)})"

    return ", ".join(words(planes[0].header, len(planes)) for planes in several if planes)


def _in_order(path: Path, planes: list[Plane]) -> tuple[list[Plane], Grid | None]:
    """The slices sorted along their normal, and their grid; without positions by their number, and None."""
    stated = [(_orientation(plane), _position(plane)) for plane in planes]
    if all(orientation is None or position is None for orientation, position in stated):
        return _by_number(path, planes), None
    if any(orientation is None or position is None for orientation, position in stated):
        raise PictureError(path, "some slices state their position and others do not", "keep those of one kind")
    directions = np.array([orientation for orientation, _ in stated])
    if np.abs(directions - directions[0]).max() > 1e-3:
        wrong = "slices of different orientation in one series"
        raise PictureError(path, wrong, "keep those of one orientation (a localiser is no volume)")
    row, column = directions[0]
    normal = np.cross(row, column)
    positions = np.array([position for _, position in stated])
    order = np.argsort(positions @ normal, kind="stable")
    planes, positions = [planes[i] for i in order], positions[order]
    down, across = (float(x) for x in planes[0].get("PixelSpacing", "PixelMeasuresSequence") or (1, 1))
    step = _step(path, planes, positions, normal)
    affine = np.eye(4)
    affine[:3] = LPS @ np.column_stack([row * across, column * down, step, positions[0]])
    return planes, Grid((int(planes[0].header.Columns), int(planes[0].header.Rows), len(planes)), affine)


def _step(path: Path, planes: list[Plane], positions: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """From one slice to the next, in mm; PictureError if a slice is missing, doubled or out of line."""
    if len(planes) == 1:
        group = "PixelMeasuresSequence"
        thickness = planes[0].get("SpacingBetweenSlices", group) or planes[0].get("SliceThickness", group) or 1
        return normal * (abs(float(thickness)) or 1)
    gaps = np.diff(positions @ normal)
    usual, closest, widest = float(gaps.min()), int(gaps.argmin()), int(gaps.argmax())
    if usual < _SAME_PLACE:
        wrong = f"two slices at one position, {planes[closest]} and {planes[closest + 1]}"
        raise PictureError(path, wrong, "keep one (of several echoes, phases or times, one each)")
    if gaps[widest] > 1.5 * usual:
        where = f"{gaps[widest]:.4g} mm between {planes[widest]} and {planes[widest + 1]}, {usual:.4g} mm elsewhere"
        raise PictureError(path, f"a slice is missing: {where}", "complete the series")
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    off = np.linalg.norm(positions - positions[0] - np.arange(len(planes))[:, None] * step, axis=1).max()
    if off > _UNEVEN * usual:
        wrong = f"its slices are not evenly spaced (up to {off:.3g} mm out of line, {usual:.4g} mm apart)"
        raise PictureError(path, wrong, "resample it to an even spacing first")
    return step


def _by_number(path: Path, planes: list[Plane]) -> list[Plane]:
    planes = sorted(planes, key=lambda plane: (int(plane.header.get("InstanceNumber") or 0), plane.frame, plane.path))
    numbers = [int(plane.header.get("InstanceNumber") or 0) for plane in planes if plane.frame == 0]
    for one, other in pairwise(numbers):
        if other != one + 1:
            wrong = f"two slices of number {one}" if one == other else f"no slice between numbers {one} and {other}"
            raise PictureError(path, f"{wrong}, and no positions to go by", "complete the series, or keep one of each")
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
    if stated is None or len(stated) != 3:
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


def _window(planes: Sequence[Plane]) -> Window | Table | None:
    """The files' own: one for all slices, from the lowest black to the highest white; or their table."""
    windows = [window for window in map(_own_window, planes) if window]
    if not windows:
        return _own_table(planes[0])
    if all(window == windows[0] for window in windows):
        return windows[0]
    low, high = min(window.ends[0] for window in windows), max(window.ends[1] for window in windows)
    return Window((low + high) / 2, high - low, windows[0].function)


def _own_window(plane: Plane) -> Window | None:
    group = "FrameVOILUTSequence"
    centre, width = plane.get("WindowCenter", group), plane.get("WindowWidth", group)
    try:
        # Of several the first, which viewers show first.
        centre, width = (float(np.atleast_1d(np.array(x, np.float64))[0]) for x in (centre, width))
        return Window(centre, width, str(plane.get("VOILUTFunction", group) or "LINEAR").upper())  # pyright: ignore
    except (ValueError, TypeError):
        return None


def _own_table(plane: Plane) -> Table | None:
    if not plane.header.get("VOILUTSequence"):
        return None
    from pydicom.pixels.processing import apply_voi

    count, first, bits = plane.header.VOILUTSequence[0].LUTDescriptor
    places = int(first) + np.arange(int(count) or 1 << 16)
    return Table(int(first), apply_voi(places, plane.header) / (2 ** int(bits) - 1))
