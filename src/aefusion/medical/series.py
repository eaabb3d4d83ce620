"""A DICOM file or the series in a folder as a volume."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from aefusion.files import FileError
from aefusion.medical.dicom import Plane, header_of, planes_of, values_of
from aefusion.medical.order import in_order
from aefusion.medical.voi import window_of
from aefusion.medical.volume import Volume


def open_dicom(path: Path, series: int | None = None) -> Volume:
    """A DICOM file or a folder of one series as a volume; `series`: which one, by its number, if there are several.

    Slices are sorted by position. FileError if there is no image, if a slice is missing or doubled, if slices are of
    different sizes or orientations, or if a folder holds several series.
    """
    planes = _of_folder(path, series) if path.is_dir() else planes_of(path, header_of(path))
    if not planes:
        if path.is_dir():
            raise FileError(path, "holds no DICOM image", "give the folder itself (folders inside are not searched)")
        raise FileError(path, "holds no pixels", "give an image")
    first = planes[0].header
    for name in ("Rows", "Columns", "PixelSpacing", "SamplesPerPixel", "PhotometricInterpretation"):
        if len(kinds := {str(plane.header.get(name)) for plane in planes}) > 1:
            wrong = f"slices of different {name} in one series ({', '.join(sorted(kinds))})"
            raise FileError(path, wrong, "keep those of one kind")
    planes, grid = in_order(path, planes)
    return Volume(
        str(path),
        len(planes),
        int(first.Rows),
        int(first.Columns),
        lambda number: values_of(planes[number]),
        int(first.get("SamplesPerPixel") or 1) == 3 or first.get("PhotometricInterpretation") == "PALETTE COLOR",
        grid,
        window_of(planes),
        first.get("PhotometricInterpretation") == "MONOCHROME1",
        str(first.get("Modality") or ""),
        planes[0].header,
        tuple((plane,) for plane in planes),
        tuple(dict.fromkeys(plane.path for plane in planes)),
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
            raise FileError(folder, f"holds no series of number {number}", f"it holds {_list(found.values())}")
    if len(several) > 1:
        advice = "choose one with `series_a` or `series_b`, or give each a folder of its own"
        raise FileError(folder, f"holds {len(several)} series: {_list(several)}", advice)
    return several[0] if several else []


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _list(several: Any) -> str:
    def words(header: Any, count: int) -> str:
        what = f"{header.get('Modality') or ''} {header.get('SeriesDescription') or ''}".strip()
        return f"number {header.get('SeriesNumber')} ({what}, {count} slice{'s' * (count > 1)})"

    return ", ".join(words(planes[0].header, len(planes)) for planes in several if planes)
