"""Temperatures out of files: as numbers, and as pictures to look at."""

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from aefusion._version import __version__
from aefusion.files import FileError, as_path, make_folder, refuse_overwriting, write_whole
from aefusion.image import Picture, check_quality, check_target, write
from aefusion.image.flir_sequence import FlirSequence, is_sequence
from aefusion.image.formats import READ, SUFFIXES
from aefusion.image.metadata import signed, stripped
from aefusion.image.natural_order import natural
from aefusion.image.palette import Palette, check_palette
from aefusion.image.thermal import Range, check_range, display_ranges
from aefusion.thermal.drawing import drawn
from aefusion.thermal.read_thermal import read_thermal
from aefusion.thermal.thermogram import Measured, Thermogram

TIFF = (".tif", ".tiff")
EXAMPLES = 64
"""Files, evenly spread, that say in which range all pictures are drawn."""


@dataclass(frozen=True)
class WrittenThermal:
    """What became of one thermal picture."""

    source: str
    output: Path | None
    """None where it failed."""
    thermogram: Thermogram | None
    marks: tuple[Measured, ...] = ()
    """What was measured at the spots and in the boxes, in the order in which they were given: spots first."""
    display: tuple[float, float] | None = None
    """The range that is drawn; None for numbers."""
    error: str = ""
    """Why it failed, one line."""

    def row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        one = self.thermogram
        whole = one.whole if one else None
        return {
            "source": self.source,
            "output": None if self.output is None else str(self.output),
            "status": "failed" if self.error else "written",
            "error": self.error or None,
            "warning": "; ".join(one.warnings) or None if one else None,
            "unit": one.unit if one else None,
            "width": whole.width if whole else None,
            "height": whole.height if whole else None,
            "low": whole.low if whole else None,
            "high": whole.high if whole else None,
            "mean": whole.mean if whole else None,
            "hottest": one.hottest if one else None,
            "coldest": one.coldest if one else None,
            "spots": [mark.row() for mark in self.marks if mark.width == mark.height == 1],
            "boxes": [mark.row() for mark in self.marks if not mark.width == mark.height == 1],
            "range": self.display,
        }


def write_thermal(
    sources: Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    suffix: str = ".tif",
    palette: Palette = "iron",
    range: Range = "auto",
    spots: Sequence[tuple[int, int]] = (),
    boxes: Sequence[tuple[int, int, int, int]] = (),
    bar: bool = True,
    per_kelvin: float | None = None,
    quality: int = 95,
    strip: bool = False,
) -> Iterator[WrittenThermal]:
    """Write what thermal files measured: go through what this gives.

        for one in write_thermal(["flir.jpg"], "degrees.tif"):
            print(one.thermogram.whole.high)

    ``sources``: files as `read_thermal` takes them, or folders of such. ``output``: for one file that holds one picture
    a file, for everything else a folder, in which the results are called as the sources, frames of a sequence with
    their number. Its suffix, or ``suffix`` in a folder, says what is written: .tif float32 numbers, NaN without data;
    .csv the same as text, a line for each row; .png, .jpg, .webp, .bmp a picture in the colours of a ``palette`` with a
    ``bar``. ``range``: what is drawn, see `Preparation`; one for all of one unit. ``spots``: (column, row) each;
    ``boxes``: (column, row, width, height) each; what lies there is told, and drawn in pictures. ``per_kelvin``: see
    `read_thermal`. ``strip``: leave EXIF and XMP out.

    What cannot be read or written comes out with its ``error``, and the rest goes on. ValueError, one line, where
    options cannot be meant, before anything is read.
    """
    check_palette(palette)
    check_quality(quality)
    if not isinstance(range, str):
        check_range(*range)
    files = _files(sources)
    output = as_path(output, "a result")
    single = output.suffix.lower() in (*SUFFIXES, ".csv") and not output.is_dir()
    if single and len(files) > 1:
        raise FileError(output, f"a file, but there are {len(files)} sources", "give a folder")
    kind = (output.suffix if single else suffix).lower()
    if kind not in (*SUFFIXES, ".csv"):
        raise ValueError(f"suffix {suffix!r}: expected .tif, .csv, .png, .jpg, .webp or .bmp")
    if single and kind != ".csv":
        check_target(output)
    for file in files:
        refuse_overwriting(file, output)
    displays = {} if kind in (*TIFF, ".csv") else _displays(files, range, per_kelvin)
    return _written(files, output, single, kind, palette, displays, spots, boxes, bar, per_kelvin, quality, strip)


def _written(
    files: Sequence[Path],
    output: Path,
    single: bool,
    kind: str,
    palette: Palette,
    displays: dict[str, tuple[float, float]],
    spots: Sequence[tuple[int, int]],
    boxes: Sequence[tuple[int, int, int, int]],
    bar: bool,
    per_kelvin: float | None,
    quality: int,
    strip: bool,
) -> Iterator[WrittenThermal]:
    if not single:
        make_folder(output)
    names = _names(files)
    for file in files:
        try:
            for i, thermogram in enumerate(read_thermal(file, per_kelvin=per_kelvin)):
                if single and i:
                    break
                name = names[file] + (f"_{i:06d}" if is_sequence(file) and file.suffix.lower() != ".fff" else "")
                target = output if single else output / f"{name}{kind}"
                refuse_overwriting(file, target)
                display = displays.get(thermogram.unit)
                marks = (*(thermogram.spot(*one) for one in spots), *(thermogram.box(*one) for one in boxes))
                if kind == ".csv":
                    write_whole(target, _csv(thermogram).encode())
                else:
                    numbers = kind in TIFF
                    picture = (
                        Picture(thermogram.values, metadata=thermogram.metadata)
                        if numbers or display is None
                        else drawn(thermogram, display, palette, marks, bar)
                    )
                    how = "" if numbers or display is None else f", {palette} from {display[0]:g} to {display[1]:g}"
                    made = f"aefusion {__version__}, {file.name}{how}, {thermogram.unit}"
                    write(target, stripped(picture) if strip else signed(picture, made), quality)
                yield WrittenThermal(str(file), target, thermogram, marks, display)
        except (ValueError, OSError) as error:
            yield WrittenThermal(str(file), None, None, error=str(error) or type(error).__name__)


def _files(sources: Sequence[str | PathLike[str]]) -> list[Path]:
    """The files, and those in folders that can be thermal."""
    files: list[Path] = []
    for source in sources:
        path = as_path(source, "a thermal picture")
        if not path.is_dir():
            files.append(path)
            continue
        inside = [one for one in path.iterdir() if one.suffix.lower() in READ]
        inside = sorted((one for one in inside if not one.name.startswith(".")), key=lambda one: natural(one.name))
        if not inside:
            raise FileError(path, "holds no thermal picture", f"supported are {', '.join(READ)}")
        files += inside
    if not files:
        raise ValueError("no source: give one or more")
    return list(dict.fromkeys(files))


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """What the results are called: as the sources, with their folder or suffix where two would have one name."""
    names = {file: file.stem for file in files}
    for longer in (lambda file: f"{file.parent.name}_{file.stem}", lambda file: f"{file.parent.name}_{file.name}"):
        taken = list(names.values())
        names = {file: longer(file) if taken.count(name) > 1 else name for file, name in names.items()}
    return names


def _displays(files: Sequence[Path], choice: Range, per_kelvin: float | None) -> dict[str, tuple[float, float]]:
    """For each unit the range in which all that was measured in it is drawn."""
    every = choice == "set"
    pictures: dict[str, list[Picture]] = {}
    for file in files[:: 1 if every else -(-len(files) // EXAMPLES)]:
        try:
            if is_sequence(file):
                sequence = FlirSequence(file, _silent)
                step = 1 if every else -(-len(sequence) * min(len(files), EXAMPLES) // EXAMPLES)
                measured = [sequence[i] for i in builtins.range(0, len(sequence), step)]
            else:
                measured = [one.picture for one in read_thermal(file, per_kelvin=per_kelvin, warn=_silent)]
        except (ValueError, OSError):  # it fails in its turn
            continue
        for one in measured:
            pictures.setdefault(one.unit, []).append(one)
    kind = "auto" if choice == "none" else choice
    found = {unit: display_ranges(kind, [measured], [unit])[0] for unit, measured in pictures.items()}
    return {unit: display for unit, display in found.items() if display}


def _silent(text: str) -> None:
    """What is noticed is told when the file has its turn."""


def _csv(thermogram: Thermogram) -> str:
    text = StringIO()
    np.savetxt(text, thermogram.values, fmt="%.2f", delimiter=",")
    return text.getvalue().replace("nan", "")
