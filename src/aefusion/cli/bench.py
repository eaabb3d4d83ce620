"""The paper's comparisons: what needs no set of test pictures."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.options import Json, Names, Paths, Pattern, ShownRange, the_output


@Parameter(name="*")
@dataclass(frozen=True)
class Keeping:
    """What a run keeps."""

    results: Path | None = None
    """Keep the results in this folder: a JSON file in it is written as they come, and a run that was interrupted goes
    on. Without it they are only shown."""
    fresh: bool = False
    """Measure everything anew."""


KEEPING = Keeping()


def pair(
    a: Path | None = None,
    b: Path | None = None,
    /,
    *,
    methods: Names = None,
    size: int = 400,
    runs: int = 5,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    pair: Pattern = None,
    range: ShownRange = "auto",
    json: Json = False,
) -> None:
    """Run every fusion method on your pictures: its time, the evaluation E_2 (higher is better), and the pictures.

    Parameters
    ----------
    a
        A picture or a folder. Without it there are two pairs that are made from photographs in scikit-image.
    b
        The other picture or folder.
    methods
        Which ones. The default is all of them, and the networks.
    size
        Bring the pictures to this size, as in the paper. 0 keeps theirs.
    runs
        Calls of which the time is the median.
    output
        Write a sheet with the sources and all results to this picture file.
    """
    from aefusion.bench.pair import bench_pair as run
    from aefusion.cli.console import show_table

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    rows = run(a, b, methods=methods or (), size=size, runs=runs, output=output, pattern=pair, range=range, say=say)
    show_table(rows, as_json=json)


def methods(
    *,
    methods: Names = None,
    pairs: int = 300,
    limit: float = 60,
    data: Paths = None,
    pair: Pattern = None,
    keeping: Keeping = KEEPING,
    json: Json = False,
) -> None:
    """Make Table V: the time a pair of every method and every network by the paper's protocol, beside its own figures.

    The pairs are gray, 400 x 400 and 8 bit. They count from the second on, with and without reading, never with saving.
    A method that failed is tried again.

    Parameters
    ----------
    methods
        Names, or files of weights. The default is all methods and all networks.
    pairs
        How many pairs. The first does not count.
    limit
        Seconds for each method, after which its run ends with the pairs that it has done (two at least).
    data
        A folder of pairs, or two. Without it there are pairs that are made from photographs in scikit-image.
    """
    from aefusion.bench.data import find
    from aefusion.bench.methods import bench_methods, tables
    from aefusion.cli.console import progress_bar

    files = [(one.a, one.b) for one in find(data, pair)] if data else ()
    with shown_if_interrupted(tables, json), progress_bar("bench methods") as progress:
        measured = bench_methods(
            methods or (), pairs=pairs, limit=limit, data=files, **vars(keeping), progress=progress
        )
    show(measured, tables, as_json=json)


def complexity(*, networks: Names = None, results: Path | None = None, json: Json = False) -> None:
    """Make Table VI: the parameters and FLOPs of every network, ours and the paper's, and how they are counted.

    Parameters
    ----------
    networks
        More networks: `file.py:function` that builds a Graph.
    results
        Keep the results in this folder.
    """
    from aefusion.bench.complexity import bench_complexity, tables

    show(bench_complexity(networks or (), results=results), tables, as_json=json)


def report(
    folder: Path | None = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    results: Path | None = None,
    update: Paths = None,
) -> None:
    """Write all results as one HTML page, Markdown tables and charts.

    Parameters
    ----------
    folder
        A folder for index.html, tables.md and the charts as SVG.
    output
        The same: give one of them.
    results
        The folder of the results. Of each suite the newest version counts. The default is `results`, where it is there.
    update
        Markdown files in which the tables between markers (`<!-- bench methods -->` to `<!-- end -->`) are made anew.
    """
    from aefusion.bench.report import results_folder, update_files, write_report

    target, source = the_output(folder, output, "page"), results_folder(results)
    print(f"the results in {source}", file=sys.stderr)
    for path in write_report(source, target):
        print(path)
    for path in update_files(source, update or ()):
        print(f"{path}: tables made anew")


@contextmanager
def shown_if_interrupted(tables, as_json: bool) -> Iterator[None]:
    """Show what a run has measured when it is interrupted; the interruption goes on its way."""
    from aefusion.bench.results import Interrupted

    try:
        yield
    except Interrupted as stopped:
        show(stopped.results, tables, as_json=as_json)
        raise


def show(measured, tables, *, as_json: bool) -> None:
    """Print the tables of a suite, or its rows as JSON; where the results lie goes to standard error."""
    from aefusion.cli.console import show_table

    if as_json:
        show_table(measured.rows, as_json=True)
    else:
        for table in tables(measured.content):
            if table.rows:
                print(table.title)
                show_table(table.records())
                print(table.note + "\n")
    if measured.path is None:
        print(
            "the results are not kept: give --results DIR to keep them, and to go on where a run ends", file=sys.stderr
        )
    elif not measured.unkept:
        print(f"{measured.path}", file=sys.stderr)
