"""What of a file or folder is meant, and how its values are taken."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aefusion.files import FileError
from aefusion.medical.units import Units

Form = Literal["q", "s"]
FORMS = {"q": "qform", "s": "sform"}


@dataclass(frozen=True)
class Wanted:
    """A choice among what a source holds; the defaults do where it holds one of each."""

    series: int | str | None = None
    """Of a folder: the number of the series, its UID, its description, or "position=2" for the second of the list."""
    volume: int | None = None
    """Of several volumes (echoes, times, gates, directions), counted from 1."""
    lenient: bool = False
    """Whether `volume` is meant for other sources where this one holds one volume alone."""
    form: Form | None = None
    """Of NIfTI: the qform or the sform."""
    units: Units = "file"
    """See `units.measure_of`."""

    def __post_init__(self):
        if self.form not in (None, *FORMS):
            raise ValueError(f"form {self.form!r}: expected q or s")
        if self.units not in ("file", "real", "suv"):
            raise ValueError(f"units {self.units!r}: expected file, real or suv")

    def index(self, path: Path, count: int, holds: str) -> int:
        """Which of `count` volumes is meant, counted from 0.

        FileError, with what the source `holds` in words, if there are several and none is chosen, or not so many.
        """
        if count == 1 and (self.volume is None or self.lenient):
            return 0
        if self.volume is None:
            raise FileError(path, holds, f"choose one with `volume` (1 to {count})")
        if not 1 <= self.volume <= count:
            there = "there is one volume" if count == 1 else f"there are volumes 1 to {count}"
            raise FileError(path, f"holds no volume {self.volume}", there)
        return self.volume - 1
