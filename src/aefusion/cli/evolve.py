"""Algorithm 1: the bank of optimal solutions."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def bank(
    data: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    methods: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    evaluation: str = "E2",
    jobs: int | None = None,
    limit: float = 300,
    retry: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Let fusion methods make their candidates of every pair, and keep the best; exit status 1 if a pair has none.

    What the bank holds already is not computed again: a build that was stopped goes on, methods and pairs are added.

    Parameters
    ----------
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        The bank, a folder.
    methods
        Names that `aefusion methods` lists, with parameters after commas (`lp,base=max`), or `file.py:function`; all
        that take less than a second, if not given.
    evaluation
        What chooses the best: `E2`, `E2-bounded`, the name of a metric, or `file.py:function`.
    jobs
        How many processes, of one thread each; as many as there are cores, if not given.
    limit
        Seconds for one picture; a method that takes longer has failed for the pair.
    retry
        Try again what has failed before.
    """
    from aefusion.evolution.build import build

    built = build(data, output, methods=methods, evaluation=evaluation, jobs=jobs, limit=limit, retry=retry)
    print(f"{output}: {built}")
    for line in built.failure_lines():
        print(f"aefusion: {line}", file=sys.stderr)
    return 1 if built.without else 0


def show(
    bank: Path, /, *, evaluation: str | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """Which method made the best candidate how often, per task.

    Parameters
    ----------
    bank
        A folder that `aefusion evolve bank` made.
    evaluation
        Another one than the bank was built with last, if the bank has measured what it needs.
    json
        For programs.
    """
    from aefusion.console import show_table
    from aefusion.evolution.bank import show

    show_table(show(bank, evaluation=evaluation), as_json=json)
