"""One series of several."""

import re
from pathlib import Path

from aefusion.files import FileError
from aefusion.medical.dicom import Plane


def choose_series(path: Path, several: list[list[Plane]], wanted: int | str | None) -> list[Plane]:
    """The slices of the series that is meant: the only one, or that of this number, UID, description or position.

    A number is that of the series; where no series states one, it is the position in the list. "position=2" always is.
    FileError, with the list, if none or several are meant.
    """
    if wanted is None:
        meant = several
    else:
        meant = _meant(several, str(wanted).strip())
        if not meant:
            what = f"number {wanted}" if re.fullmatch(r"\d+", str(wanted)) else str(wanted)
            raise FileError(path, f"holds no series of {what}", f"it holds {_list(several, several)}")
    if len(meant) > 1:
        how = 'by number, UID or description, or `series_a="position=2"`'
        advice = f"choose one with `series_a` or `series_b`, {how}, or give each a folder of its own"
        raise FileError(path, f"holds {len(meant)} series: {_list(meant, several)}", advice)
    return meant[0]


def _meant(several: list[list[Plane]], wanted: str) -> list[list[Plane]]:
    if position := re.fullmatch(r"position=(\d+)", wanted):
        return several[int(position[1]) - 1 : int(position[1])] if int(position[1]) else []
    headers = [planes[0].header for planes in several]
    if re.fullmatch(r"\d+", wanted):
        numbers = [header.get("SeriesNumber") for header in headers]
        if all(number is None for number in numbers):
            return _meant(several, f"position={wanted}")
        return [one for one, number in zip(several, numbers, strict=True) if str(number) == str(int(wanted))]
    for name in ("SeriesInstanceUID", "SeriesDescription"):
        stated = [str(header.get(name) or "").casefold() for header in headers]
        for fits in (str.__eq__, str.__contains__) if name == "SeriesDescription" else (str.__eq__,):
            if found := [one for one, text in zip(several, stated, strict=True) if fits(text, wanted.casefold())]:
                return found
    return []


def _list(meant: list[list[Plane]], several: list[list[Plane]]) -> str:
    """Series in words; with their position where their numbers do not tell them apart."""
    numbers = [planes[0].header.get("SeriesNumber") for planes in several]
    plain = None not in numbers and len(set(map(str, numbers))) == len(numbers)

    def words(position: int, planes: list[Plane]) -> str:
        header, count = planes[0].header, len(planes)
        what = f"{header.get('Modality') or ''} {header.get('SeriesDescription') or ''}".strip()
        number = header.get("SeriesNumber")
        named = f"number {number}" if number is not None else "no number"
        place = "" if plain else f"position={position} with "
        return f"{place}{named} ({what}, {count} slice{'s' * (count > 1)})"

    shown = [words(i + 1, planes) for i, planes in enumerate(several) if any(planes is one for one in meant)]
    return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")
