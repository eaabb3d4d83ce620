"""The paper's comparisons."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def methods(
    a: Path | None = None,
    b: Path | None = None,
    /,
    *,
    methods: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    size: int = 400,
    runs: int = 5,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Every fusion method side by side: time, the evaluation E_2 (higher is better), and the pictures.

    Parameters
    ----------
    a
        A picture or a folder; without it, two pairs made from photographs in scikit-image.
    b
        The other picture or folder.
    methods
        Which ones; all, and the network, if not given.
    size
        Pictures are brought to this size, as in the paper; 0 keeps theirs.
    runs
        Calls of which the time is the median.
    output
        A picture file for a sheet with the sources and all results.
    json
        For programs.
    """
    from aefusion.bench.methods import bench_methods as run
    from aefusion.console import show_table

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    rows = run(a, b, methods=methods or (), size=size, runs=runs, output=output, report=report)
    show_table(rows, as_json=json)
