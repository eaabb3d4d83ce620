"""The paper's comparisons: what is measured on a set of test pictures."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.bench import KEEPING, Keeping, show, shown_if_interrupted
from aefusion.cli.options import Json, Names, Paths, Pattern, ShownRange
from aefusion.cli.score import Convention

Folders = Annotated[list[Path], Parameter(consume_multiple=True)]


def quality(
    *,
    data: Folders,
    methods: Names = None,
    tasks: Names = None,
    metrics: Names = None,
    convention: Convention = "paper",
    fused: Names = None,
    pairs: int = 0,
    pair: Pattern = None,
    range: ShownRange = "auto",
    jobs: int = 1,
    charts: Path | None = None,
    files: Path | None = None,
    test: tuple[str, str] | None = None,
    keeping: Keeping = KEEPING,
    json: Json = False,
) -> None:
    """Make Figure 6: the means of the quality indices of every method and network on each task, and their ranks.

    All pictures become gray and 8 bit. Methods are measured on the tasks that they are made for. More methods can be
    added to the results that are there.

    Parameters
    ----------
    data
        A folder of pairs, `<task>/<dataset>/a/NAME` and `b/NAME` or only `a/NAME` and `b/NAME`. Or two folders.
    methods
        Names, or files of weights. The default is all methods and all networks.
    tasks
        Which of the data's tasks. The default is all.
    metrics
        Names as `aefusion score` takes them, or `file.py:function`. The default is the paper's eight and Qabf.
    convention
        The definitions, as `aefusion score` takes them. E2 is always that of the paper.
    fused
        `NAME=DIR`: the pictures that something else has fused take part as NAME. They are `[<task>/][<dataset>/]NAME`
        as in data.
    pairs
        The first so many of each dataset. 0 is for all.
    jobs
        How many processes, of one thread each.
    charts
        A folder for radar and bar charts (SVG): a file of each kind for each task, and for the mean over the tasks.
    files
        A folder for the tables as CSV, and as LaTeX with standard deviations and the best in bold.
    test
        Two of the methods: test pair by pair whether one is better (Wilcoxon's signed-rank test).
    """
    from aefusion.bench.paired_test import compare
    from aefusion.bench.quality import INDICES, bench_quality, tables
    from aefusion.bench.quality_files import write_tables
    from aefusion.cli.console import progress_bar, show_table

    with shown_if_interrupted(tables, json), progress_bar("bench quality") as progress:
        measured = bench_quality(
            data, methods=methods or (), fused=fused or (), tasks=tasks or (), metrics=metrics or INDICES, pairs=pairs,
            convention=convention, pattern=pair, range=range, jobs=jobs, **vars(keeping), progress=progress,
        )  # fmt: skip
    show(measured, tables, as_json=json)
    draw(measured, charts)
    for path in write_tables(measured.content, files) if files else ():
        print(path, file=sys.stderr)
    for table in compare(measured.content, *test) if test else ():
        print(table.title, file=sys.stderr if json else sys.stdout)
        if not json:
            show_table(table.records())
        print(table.note + "\n", file=sys.stderr if json else sys.stdout)


def variants(
    *,
    data: Folders,
    weights: Paths = None,
    pairs: int = 0,
    pair: Pattern = None,
    range: ShownRange = "auto",
    jobs: int = 1,
    charts: Path | None = None,
    keeping: Keeping = KEEPING,
    json: Json = False,
) -> None:
    """Make Table VII: every block R, its quality, time and size, ours and the paper's, with figure 10 as a chart.

    Parameters
    ----------
    data
        As for `bench quality`.
    weights
        Files to take instead of the weights that ship.
    pairs
        The first so many of each dataset. 0 is for all.
    jobs
        How many processes, of one thread each, measure the quality. The time is measured before, with all cores.
    charts
        A folder for the chart of figure 10 (SVG).
    """
    from aefusion.bench.variants import bench_variants, tables
    from aefusion.cli.console import progress_bar

    with shown_if_interrupted(tables, json), progress_bar("bench variants") as progress:
        measured = bench_variants(
            data,
            weights=weights or (),
            pairs=pairs,
            pattern=pair,
            range=range,
            jobs=jobs,
            **vars(keeping),
            progress=progress,
        )
    show(measured, tables, as_json=json)
    draw(measured, charts)


def draw(measured, folder: Path | None) -> None:
    """Write the charts of a suite into a folder, if one is given."""
    if folder:
        from aefusion.bench.charts import write_charts

        for path in write_charts(measured.content, folder):
            print(path, file=sys.stderr)
