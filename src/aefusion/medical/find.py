"""The DICOM files in a folder, or those that a DICOMDIR lists."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aefusion.files import FileError
from aefusion.medical.dicom import Plane, begins_as_dicom, header_of, planes_of


def planes_in(path: Path) -> list[list[Plane]]:
    """The slices under a folder, those of folders inside too, or those that a DICOMDIR lists: a list for each series.

    What is no DICOM, or no image, is passed over. FileError if no image is left; it says how many were passed over.
    """
    found: dict[str, list[Plane]] = {}
    passed = 0
    for file in _files(path) if path.is_dir() else _listed(path):
        if not begins_as_dicom(file):
            passed += 1
            continue
        planes = _planes(file)
        if planes:
            found.setdefault(str(planes[0].header.get("SeriesInstanceUID")), []).extend(planes)
        else:
            passed += 1
    if not found:
        others = f" ({passed} file{'s' * (passed > 1)} passed over)" if passed else ""
        raise FileError(path, f"holds no DICOM image{others}", "give the folder, the DICOMDIR, or a file")
    return list(found.values())


def is_directory(header: Any) -> bool:
    """Whether a DICOM file is a DICOMDIR, a list of others."""
    return "DirectoryRecordSequence" in header


def _planes(file: Path) -> list[Plane]:
    try:
        header = header_of(file)
    except FileError:
        with file.open("rb") as opened:
            if opened.read(132)[128:] == b"DICM":
                raise
        return []  # a file that begins like one without preamble, and is none
    return planes_of(file, header)


def _files(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and (file := Path(top) / name).is_file():
                yield file


def _listed(directory: Path) -> Iterator[Path]:
    """The files that a DICOMDIR lists; FileError for those that are not there, or that lie outside of its folder."""
    missing = []
    for record in header_of(directory).DirectoryRecordSequence:
        parts = record.get("ReferencedFileID")
        if not parts:
            continue
        parts = [parts] if isinstance(parts, str) else [str(part) for part in parts]
        if any(part in ("", "..", ".") or "/" in part or "\\" in part for part in parts):
            raise FileError(directory, f"lists {'/'.join(parts)}, which is no place in its folder", "give the folder")
        file = _there(directory.parent, parts)
        if file is None:
            missing.append("/".join(parts))
        else:
            yield file
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise FileError(directory, f"lists {missing[0]}{more}, which is not there", "copy the whole medium")


def _there(folder: Path, parts: list[str]) -> Path | None:
    """The file, whatever the case of its name: media are often copied in lower case."""
    place = folder
    for part in parts:
        exact = place / part
        if not exact.exists():
            others = [one for one in place.iterdir() if one.name.lower() == part.lower()] if place.is_dir() else []
            if not others:
                return None
            exact = others[0]
        place = exact
    return place if place.is_file() else None
