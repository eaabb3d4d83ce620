"""Sheets and a page of sources and results."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.options import Names, Pattern, ShownRange
from aefusion.cli.words import say


def gallery(
    *,
    data: Annotated[list[Path], Parameter(consume_multiple=True)],
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    html: Path | None = None,
    methods: Names = None,
    tasks: Names = None,
    fused: Names = None,
    pairs: int = 3,
    inset: tuple[int, int, int, int] | None = None,
    height: int = 240,
    pair: Pattern = None,
    range: ShownRange = "auto",
) -> int:
    """Make figures 4, 5, 7, 8, 9 and 11: sheets of sources and results with enlarged insets, and a page with a slider.

    Pictures are fused in colour. Methods are shown on the tasks that they are made for.

    Parameters
    ----------
    data
        A folder of pairs, `<task>/<dataset>/a/NAME` and `b/NAME` or only `a/NAME` and `b/NAME`. Or two folders.
    output
        A folder for the sheets: a PNG file for each dataset.
    html
        A file for one page that holds all pictures. For each pair it has a slider between any two of them.
    methods
        Names, or files of weights. The default is aenetv2, lp and gff.
    tasks
        Which of the data's tasks. The default is all.
    fused
        `NAME=DIR`: show the pictures that something else has fused as NAME. They are `[<task>/][<dataset>/]NAME` as in
        data.
    pairs
        The first so many of each dataset. 0 is for all.
    inset
        The inset: X Y WIDTH HEIGHT in pixels. The default is where the results differ most.
    height
        The height of the pictures in sheets, in pixels.
    """
    from aefusion.bench.gallery import METHODS, bench_gallery
    from aefusion.cli.console import progress_bar

    with progress_bar("bench gallery") as progress:
        written, failed = bench_gallery(
            data, output=output, html=html, methods=methods or METHODS, fused=fused or (), tasks=tasks or (),
            pairs=pairs, inset=inset, height=height, pattern=pair, range=range, progress=progress,
        )  # fmt: skip
    for name, why in failed.items():
        say(f"{name}: {why}")
    for path in written:
        print(path)
    return 1 if failed else 0
