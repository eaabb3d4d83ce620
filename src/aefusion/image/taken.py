"""When a picture was taken: what its file says, or its name."""

import re
import struct
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aefusion.image.exif import exif_of_tiff
from aefusion.image.exif_facts import exif_facts
from aefusion.image.formats import format_of
from aefusion.image.jpeg import jpeg_metadata
from aefusion.image.png import png_chunks, png_metadata
from aefusion.image.webp import webp_metadata

HEAD = 1 << 18
"""How many bytes of a JPEG file are read: EXIF stands at its beginning."""
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)[-_ T]?(\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


class Taken(NamedTuple):
    """A moment on the clock of a camera."""

    clock: float
    """Seconds since 1970 as the clock showed, whatever its time zone."""
    zone: float | None
    """Seconds by which that clock is ahead of UTC; None where nobody says so."""


def taken(path: str | PathLike[str]) -> Taken | None:
    """When a picture was taken: DateTimeOriginal, SubSecTimeOriginal and OffsetTimeOriginal of its EXIF block.

    Without them: a date and time in its name, such as DJI_20230501101112_0007_W.JPG. None where neither says so, or
    where the file cannot be read. Only the beginning of a JPEG file is read.
    """
    facts = exif_facts(_exif(Path(path)))
    try:
        moment = datetime.strptime(facts.time, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        clock = time_in(Path(path).stem)
        return None if clock is None else Taken(clock, None)
    return Taken(moment.timestamp() + facts.subsecond, facts.zone)


def time_in(name: str) -> float | None:
    """The seconds since 1970 of the last date and time in a name; None where it holds none.

    >>> time_in("DJI_20230501101113_0007_W") - time_in("2023-05-01_10-11-12")
    1.0
    """
    for parts in reversed(_IN_NAME.findall(name)):
        try:
            return datetime(*map(int, parts), tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def _exif(path: Path) -> bytes:
    """The EXIF block of a file; empty where it has none, or is damaged."""
    try:
        with path.open("rb") as file:
            data = file.read(HEAD)
            kind = format_of(data)
            if kind in ("tiff", "png", "webp"):
                data += file.read()
        if kind == "tiff":
            return exif_of_tiff(data)
        if kind == "png":
            return png_metadata(png_chunks(data)).exif
        if kind == "webp":
            return webp_metadata(data).exif
        return jpeg_metadata(data).exif if kind == "jpeg" else b""
    except (OSError, ValueError, struct.error):
        return b""
