"""The paper's comparisons: what is measured on a set of test pictures."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.bench import FOLDER, Flag, Names, show

Folders = Annotated[list[Path], Parameter(consume_multiple=True, negative="")]


def quality(
    *,
    data: Folders,
    methods: Names = None,
    tasks: Names = None,
    metrics: Names = None,
    fused: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    pairs: int = 0,
    jobs: int = 1,
    charts: Path | None = None,
    results: Path = FOLDER,
    fresh: Flag = False,
    json: Flag = False,
) -> None:
    """Figure 6: means of the quality indices of every method and network on each task, and their ranks.

    All pictures become gray, 8 bit. Methods are measured on the tasks that they are made for. An interrupted run goes
    on, and more methods can be added to what is there.

    Parameters
    ----------
    data
        A folder of pairs, `<task>/<dataset>/a/NAME` and `b/NAME` or only `a/NAME` and `b/NAME`; or two folders.
    methods
        Names, or files of weights; all methods and all networks, if not given.
    tasks
        Which of the data's tasks; all, if not given.
    metrics
        Names as `aefusion score` takes them; the paper's eight and Qabf, if not given.
    fused
        `NAME=DIR`: pictures that something else has fused take part as NAME; `[<task>/][<dataset>/]NAME` as in data.
    pairs
        The first so many of each dataset; 0 for all.
    jobs
        Processes, of one thread each.
    charts
        A folder for radar and bar charts (SVG), a file of each kind for each task.
    results
        The folder for the results; a JSON file in it is written as they come.
    fresh
        Measure everything anew.
    json
        For programs.
    """
    from aefusion.bench.quality import INDICES, bench_quality, tables
    from aefusion.cli.console import progress_bar

    with progress_bar("bench quality") as report:
        found = bench_quality(
            data, methods=methods or (), fused=fused or (), tasks=tasks or (), metrics=metrics or INDICES, pairs=pairs,
            jobs=jobs, results=results, fresh=fresh, report=report,
        )  # fmt: skip
    show(found, tables, as_json=json)
    draw(found, charts)


def variants(
    *,
    data: Folders,
    weights: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    pairs: int = 0,
    jobs: int = 1,
    charts: Path | None = None,
    results: Path = FOLDER,
    fresh: Flag = False,
    json: Flag = False,
) -> None:
    """Table VII: every block R, its quality, time and size, ours and the paper's; figure 10 as a chart.

    Parameters
    ----------
    data
        As for `bench quality`.
    weights
        Files to take instead of the weights that ship.
    pairs
        The first so many of each dataset; 0 for all.
    jobs
        Processes, of one thread each, for the quality; the time is measured before, with all cores.
    charts
        A folder for the chart of figure 10 (SVG).
    results
        The folder for the results; a JSON file in it is written as they come.
    fresh
        Measure everything anew.
    json
        For programs.
    """
    from aefusion.bench.variants import bench_variants, tables
    from aefusion.cli.console import progress_bar

    with progress_bar("bench variants") as report:
        found = bench_variants(
            data, weights=weights or (), pairs=pairs, jobs=jobs, results=results, fresh=fresh, report=report
        )
    show(found, tables, as_json=json)
    draw(found, charts)


def draw(found, folder: Path | None) -> None:
    """Write the charts of a suite into a folder, if one is given."""
    if folder:
        from aefusion.bench.charts import write_charts

        for path in write_charts(found.content, folder):
            print(path, file=sys.stderr)
