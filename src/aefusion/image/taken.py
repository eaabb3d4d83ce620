"""When a picture was taken: what its file says, or its name."""

import re
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aefusion.image.exif_facts import exif_facts
from aefusion.image.exif_of_file import exif_of_file

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
    facts = exif_facts(exif_of_file(path))
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
