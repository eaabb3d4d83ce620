"""What commands show on the terminal: tables, facts, a progress bar."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any


def show_table(rows: list[dict[str, Any]], *, as_json: bool = False) -> None:
    """Print rows of equal keys as a table, or as JSON."""
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    if not rows:
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for key, value in rows[0].items():
        table.add_column(key, justify="right" if isinstance(value, int | float) else "left")
    for row in rows:
        table.add_row(*(escape(cell(value)) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)


def show_facts(facts: dict[str, Any], *, as_json: bool = False) -> None:
    """Print names and values, a line each, or as JSON."""
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:<{width}}  {value}")


SOME = 30.0
"""Seconds between the lines of a program that takes hours, where standard error is no terminal."""


@contextmanager
def progress_bar(title: str, *, lines: bool | float = True) -> Iterator[Callable[..., None]]:
    """A bar on standard error; call what it gives with (number done, number of all, what is next).

    ``lines``: where standard error is no terminal, a line for each call, or one after so many seconds; else nothing.
    """
    if not sys.stderr.isatty() and not isinstance(lines, bool):
        yield _now_and_then(title, lines)
        return
    if not sys.stderr.isatty():
        print_line = partial(print, file=sys.stderr, flush=True) if lines else lambda line: None
        yield lambda done, total, what="": print_line(f"{title}: {done} of {total} done: {what}")
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        title, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), "{task.fields[what]}",
        console=Console(stderr=True),
    ) as progress:  # fmt: skip
        bar = progress.add_task("", total=None, what="")
        yield lambda done, total, what="": progress.update(bar, completed=done, total=total, what=escape(what))


def _now_and_then(title: str, seconds: float) -> Callable[..., None]:
    """Prints a line with what is done each time that so many seconds have gone by, and at the end if it did so."""
    last, told = time.monotonic(), False

    def tell(done: int, total: int, what: str = "") -> None:
        nonlocal last, told
        now = time.monotonic()
        if now - last >= seconds or (told and done == total):
            last, told = now, True
            print(f"{title}: {done} of {total} done{f': {what}' if what else ''}", file=sys.stderr, flush=True)

    return tell
