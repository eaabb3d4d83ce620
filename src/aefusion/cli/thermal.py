"""Take temperatures out of thermal files."""

import json as JSON
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import IN_FILES, WRITING, Json, Output, Writing
from aefusion.cli.results import row
from aefusion.cli.words import say

SHOWN = Parameter(group=Group("What is shown", sort_key=2))
MEASURED = Parameter(group=Group("What is measured", sort_key=3))
Several = Annotated[list[str] | None, MEASURED]


def thermal(
    files: Annotated[list[Path], IN_FILES],
    /,
    *,
    output: Annotated[Output, IN_FILES],
    format: Annotated[Literal["tif", "csv", "png", "jpg", "webp", "bmp"], IN_FILES] = "tif",
    writing: Writing = WRITING,
    json: Annotated[Json, IN_FILES] = False,
    palette: Annotated[Literal["iron", "arctic", "rainbow", "gray"], SHOWN] = "iron",
    range: Annotated[tuple[float, float] | Literal["auto", "set"], SHOWN] = "auto",
    plain: Annotated[bool, SHOWN] = False,
    per_kelvin: Annotated[float | None, MEASURED] = None,
    spot: Several = None,
    box: Several = None,
) -> int:
    """Take the temperatures out of thermal files: as numbers, or as pictures in colours with a bar.

    `aefusion thermal flir.jpg -o degrees.tif`, `aefusion thermal flight.seq -o frames --format png`.

    Parameters
    ----------
    files
        Radiometric JPEG files of FLIR and DJI, FLIR's FFF, SEQ and CSQ files, TIFF files of temperatures, 16-bit gray;
        or folders of them.
    output
        By its suffix float numbers (`.tif`), text (`.csv`) or a picture (`.png`, `.jpg` ...). For several sources, and
        for all frames of a sequence, a folder.
    format
        The format of the results in a folder.
    palette
        The colours of pictures.
    range
        What has the first and the last colour: two values in the unit of the file; `set` for the lowest and the highest
        of all; or `auto` for the percentiles 0.1 and 99.9. All pictures have one range.
    plain
        Draw the picture alone, without a bar of temperatures at its right side.
    per_kelvin
        So many counts are a kelvin: 100 for cameras that write hundredths of a kelvin. Without it, and where the file
        does not say it, counts stay counts.
    spot
        Say the value at a pixel, and draw it: column and row, `--spot 320,240`. It can be given again.
    box
        Say the lowest, the highest and the mean value of a part, and draw it: column, row, width, height,
        `--box 100,80,40,30`. It can be given again.
    """
    from aefusion import write_thermal

    spots = [_numbers("--spot", text, 2) for text in spot or []]
    boxes = [_numbers("--box", text, 4) for text in box or []]
    failed = 0
    for one in write_thermal(
        files, output, suffix=f".{format}", palette=palette, range=range, spots=spots, boxes=boxes,  # pyright: ignore
        bar=not plain, per_kelvin=per_kelvin, **vars(writing),
    ):  # fmt: skip
        failed += bool(one.error)
        if json:
            print(JSON.dumps(row(one)), flush=True)
        elif one.error:
            say(one.error)
        else:
            print(_line(one))
    return 1 if failed else 0


def _line(one) -> str:
    whole = one.thermogram.whole
    if whole.low is None:
        return f"{one.output}: {whole.width}x{whole.height}, nothing was measured"
    marks = "".join(
        f"; spot {mark.x},{mark.y}: {_number(mark.high)}"
        if mark.width == mark.height == 1
        else f"; box {mark.x},{mark.y},{mark.width},{mark.height}: "
        f"{_number(mark.low)} to {_number(mark.high)}, mean {_number(mark.mean)}"
        for mark in one.marks
    )
    values = f"{whole.low:.2f} to {whole.high:.2f}, mean {whole.mean:.2f} {one.thermogram.unit}"
    return f"{one.output}: {whole.width}x{whole.height}, {values}{marks}"


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.2f}"


def _numbers(option: str, text: str, count: int) -> tuple[int, ...]:
    parts = text.replace(" ", "").split(",")
    if len(parts) != count or not all(part.isdecimal() for part in parts):
        raise ValueError(f"{option} {text}: expected {count} numbers with commas between them, counted from 0")
    return tuple(map(int, parts))
