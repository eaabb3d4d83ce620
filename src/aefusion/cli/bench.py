"""The paper's comparisons: what needs no set of test pictures."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Names = Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")]
Flag = Annotated[bool, Parameter(negative="")]
FOLDER = Path("results")


def pair(
    a: Path | None = None,
    b: Path | None = None,
    /,
    *,
    methods: Names = None,
    size: int = 400,
    runs: int = 5,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    json: Flag = False,
) -> None:
    """Every fusion method on your pictures: time, the evaluation E_2 (higher is better), and the pictures.

    Parameters
    ----------
    a
        A picture or a folder; without it, two pairs made from photographs in scikit-image.
    b
        The other picture or folder.
    methods
        Which ones; all, and the networks, if not given.
    size
        Pictures are brought to this size, as in the paper; 0 keeps theirs.
    runs
        Calls of which the time is the median.
    output
        A picture file for a sheet with the sources and all results.
    json
        For programs.
    """
    from aefusion.bench.pair import bench_pair as run
    from aefusion.cli.console import show_table

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    rows = run(a, b, methods=methods or (), size=size, runs=runs, output=output, report=report)
    show_table(rows, as_json=json)


def methods(
    *,
    methods: Names = None,
    pairs: int = 300,
    limit: float = 60,
    data: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    results: Path = FOLDER,
    fresh: Flag = False,
    json: Flag = False,
) -> None:
    """Table V: every method and every network, time a pair by the paper's protocol, beside the paper's own figures.

    Gray pairs of 400 x 400 and 8 bit, from the second on, with and without reading, never with saving. An interrupted
    run goes on; a method that failed is tried again.

    Parameters
    ----------
    methods
        Names, or files of weights; all methods and all networks, if not given.
    pairs
        How many; the first does not count.
    limit
        Seconds for each method, after which its run ends with the pairs that it has done (two at least).
    data
        A folder of pairs, or two; without it, pairs made from photographs in scikit-image.
    results
        The folder for the results; a JSON file in it is written row by row.
    fresh
        Measure everything anew.
    json
        For programs.
    """
    from aefusion.bench.data import find
    from aefusion.bench.methods import bench_methods, tables
    from aefusion.cli.console import progress_bar

    files = [(x, y) for _, _, x, y in find(data)] if data else ()
    with progress_bar("bench methods") as report:
        found = bench_methods(
            methods or (), pairs=pairs, limit=limit, data=files, results=results, fresh=fresh, report=report
        )
    show(found, tables, as_json=json)


def complexity(*, results: Path = FOLDER, json: Flag = False) -> None:
    """Table VI: parameters and FLOPs of every network, ours and the paper's, and how they are counted.

    Parameters
    ----------
    results
        The folder for the results.
    json
        For programs.
    """
    from aefusion.bench.complexity import bench_complexity, tables

    show(bench_complexity(results=results), tables, as_json=json)


def report(
    output: Path,
    /,
    *,
    results: Path = FOLDER,
    update: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
) -> None:
    """All results as one HTML page, Markdown tables and charts.

    Parameters
    ----------
    output
        A folder: index.html, tables.md and the charts as SVG go into it.
    results
        The folder of the results; of each suite the newest version counts.
    update
        Markdown files in which the tables between markers (`<!-- bench methods -->` to `<!-- end -->`) are made anew.
    """
    from aefusion.bench.report import update_files, write_report

    for path in write_report(results, output):
        print(path)
    for path in update_files(results, update or ()):
        print(f"{path}: tables made anew")


def show(found, tables, *, as_json: bool) -> None:
    """Print the tables of a suite, or its rows as JSON; where the results lie goes to standard error."""
    from aefusion.cli.console import show_table

    if as_json:
        show_table(found.rows, as_json=True)
    else:
        for table in tables(found.content):
            if table.rows:
                print(table.title)
                show_table(table.records())
                print(table.note + "\n")
    if not found.unkept:
        print(f"{found.path}", file=sys.stderr)
