"""What commands show on the terminal: tables, progress, failures."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aefusion.batch import fuse_folders
from aefusion.fuser import Fuser
from aefusion.image import pairs
from aefusion.image.formats import SUFFIXES


def show_table(rows: list[dict[str, Any]], *, as_json: bool = False) -> None:
    """Print rows of equal keys as a table, or as JSON."""
    if as_json:
        print(json.dumps(rows, indent=1))
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
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)


def show_facts(facts: dict[str, Any], *, as_json: bool = False) -> None:
    """Print names and values, a line each, or as JSON."""
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:<{width}}  {value}")


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error; call what it gives with (number done, number of all, what is next)."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: print(f"{title}: {done} of {total} done: {what}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        title, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), "{task.fields[what]}",
        console=Console(stderr=True),
    ) as progress:  # fmt: skip
        bar = progress.add_task("", total=None, what="")
        yield lambda done, total, what: progress.update(bar, completed=done, total=total, what=escape(what))


def list_pairs(a: Path, b: Path) -> int:
    """Print the pairs of two folders and what has no partner."""
    found = pairs(a, b)
    for _, path_a, path_b in found.pairs:
        print(f"{path_a} + {path_b}")
    for path in [*found.only_a, *found.only_b]:
        print(f"{path}: no partner")
    return 0


def report_folders(fuser: Fuser, a: Path, b: Path, output: Path, **choices: Any) -> int:
    """Fuse two folders with a progress bar; failures are listed at the end. Returns the exit status."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    for path in (a, b):
        if not path.exists():
            raise ValueError(f"{path}: no such file or folder")
    if not (a.is_dir() and b.is_dir()):
        raise ValueError(f"{a if b.is_dir() else b}: a file, but the other source is a folder: give two of a kind")
    if output.is_file() or output.suffix.lower() in SUFFIXES:
        raise ValueError(f"{output}: a file, but the sources are folders: give a folder")
    if output.exists() and any(output.samefile(source) for source in (a, b)):
        raise ValueError(f"{output}: holds the sources: give another folder for the results")
    found = pairs(a, b)
    outcomes = []
    with Progress(
        "fusing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), "{task.fields[stem]}",
        console=Console(stderr=True), disable=not sys.stderr.isatty(),
    ) as progress:  # fmt: skip
        bar = progress.add_task("", total=len(found.pairs), stem="")
        for outcome in fuse_folders(fuser, a, b, output, **choices):
            outcomes.append(outcome)
            progress.update(bar, advance=1, stem=escape(outcome.stem))
    count = {status: sum(o.status == status for o in outcomes) for status in ("fused", "skipped", "failed")}
    alone = len(found.only_a) + len(found.only_b)
    print(
        f"{output}: {count['fused']} fused, {count['skipped']} skipped, {count['failed']} failed"
        + (f", {alone} pictures without partner (see --dry-run)" if alone else "")
        + f"; {fuser.name} on {fuser.runs_on}"
    )
    for outcome in outcomes:
        if outcome.status == "failed":
            print(f"aefusion: {outcome.stem}: {' '.join(outcome.error.split())}", file=sys.stderr)
    return 1 if count["failed"] else 0
