"""Lay pictures onto one of them, without fusing them."""

import json as JSON
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import IN_FILES, WRITING, Json, Output, Suffix, Writing
from aefusion.cli.results import row
from aefusion.cli.words import say

HOW = Parameter(group=Group("How", sort_key=2))


def align(
    *pictures: Annotated[Path, IN_FILES],
    output: Annotated[Output, IN_FILES],
    format: Annotated[Suffix | None, IN_FILES] = None,
    save_transform: Annotated[Path | None, IN_FILES] = None,
    writing: Writing = WRITING,
    json: Annotated[Json, IN_FILES] = False,
    onto: Annotated[Literal["first", "middle", "last"], HOW] = "first",
    align: Annotated[Literal["auto", "translation", "affine", "homography"], HOW] = "auto",
    view: Annotated[float | None, HOW] = None,
    points: Annotated[Path | None, HOW] = None,
    transform: Annotated[Path | None, HOW] = None,
    crop: Annotated[bool, HOW] = False,
    range: Annotated[tuple[float, float] | Literal["auto", "set"], HOW] = "auto",
) -> int:
    """Lay pictures onto one of them, and write each by itself.

    `aefusion align visible.jpg thermal.tif -o thermal-aligned.tif` writes the second as the first camera would see it.
    `aefusion align stack/*.jpg -o aligned --onto middle --crop` writes all of a series.

    Parameters
    ----------
    pictures
        Two or more. A folder stands for the pictures in it, in the natural order of their names.
    output
        Of two pictures a file, for the one that is moved; else a folder, in which they are called as the sources.
    format
        The format in a folder. The default is that of each source.
    save_transform
        Write the transforms that were found to this file (.json), for `--transform` here and in other commands.
    onto
        Which picture stays where it is. The others get its size.
    align
        The kind of the transform; `auto` takes the simplest that fits.
    view
        How many times wider the first picture sees than the others, to about 20 percent: 2.4, or 0.4 where it sees
        less. If it is not given: what the files say of their focal lengths, else it is searched, up to 4.2 to 1.
    points
        Places that were marked in both of two pictures: a CSV file with a line for each, x and y in the first, x and y
        in the second.
    transform
        Search nothing: lay them by the transform in this file.
    crop
        Keep only the area that all show. Without it, what a picture does not show is black, or NaN in float TIFF.
    range
        In which range thermal files are looked at, and written where the result is no TIFF.
    """
    from aefusion import align_files
    from aefusion.cli.console import progress_bar

    with progress_bar("aligning", lines=False) as progress:
        results = align_files(
            pictures, output, onto=onto, align=align, view=view, points=points, transform=transform,
            save_transform=save_transform, crop=crop, range=range, suffix=format and f".{format}", progress=progress,
            **vars(writing),
        )  # fmt: skip
        failed = 0
        for one in results:
            failed += bool(one.error)
            if json:
                print(JSON.dumps(row(one)), flush=True)
            elif one.error:
                say(one.error)
            elif one.transform is None:
                print(f"{one.output}: {one.width}x{one.height}, stays where it is")
            else:
                shows = "" if one.covered == 1 else f", shows something in {one.covered:.0%} of it"
                how = f"{one.transform.kind}, a corner moved by {one.moved:.1f} pixels{shows}"
                print(f"{one.output}: {one.width}x{one.height}, {how}")
    return 1 if failed else 0
