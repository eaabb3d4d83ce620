"""What commands show on the terminal: tables, progress, failures."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aefusion.files import FileError
from aefusion.fusion.folders import Pair, for_folder, fuse_pairs
from aefusion.fusion.fuser import Fuser
from aefusion.fusion.preparation import Preparation
from aefusion.image import Pairs, pairs
from aefusion.image.flir import is_flir
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


@contextmanager
def progress_bar(title: str, *, lines: bool = True) -> Iterator[Callable[..., None]]:
    """A bar on standard error; call what it gives with (number done, number of all, what is next).

    ``lines``: where standard error is no terminal, a line for each call; else nothing.
    """
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


def find(a: Path, b: Path | None, output: Path, pattern: str | None, recursive: bool) -> Pairs:
    """The pairs of folders that a command names; ValueError where its sources or its output cannot be meant."""
    folders = [a] if b is None else [a, b]
    for path in folders:
        if not path.exists():
            raise ValueError(f"{path}: no such file or folder")
    for path in folders:
        if not path.is_dir():
            raise ValueError(f"{path}: a file, but the other source is a folder: give two of a kind")
    if output.is_file() or output.suffix.lower() in SUFFIXES:
        raise ValueError(f"{output}: a file, but the sources are folders: give a folder")
    if output.exists() and any(output.samefile(source) for source in folders):
        raise ValueError(f"{output}: holds the sources: give another folder for the results")
    found = pairs(a, b, pattern=pattern, recursive=recursive, without=output)
    one = pattern is None and all(path == other for _, path, other in found.pairs)
    if one and not any(map(radiometric, (path for _, path, _ in found.pairs))):
        wrong = "one folder, and no radiometric FLIR JPEG in it, which would hold both pictures"
        raise FileError(a, wrong, 'give a second folder, or say what are pairs: see --pair "{}_W.JPG:{}_T.JPG"')
    return found


def radiometric(path: Path) -> bool:
    """Whether a file is a radiometric FLIR JPEG, or cannot be read."""
    try:
        return is_flir(path.read_bytes())
    except OSError:
        return True


def list_pairs(found: Pairs, chosen: list[Pair], *, as_json: bool = False) -> int:
    """Print the pairs that would be fused, and what has no partner."""
    alone = [*found.only_a, *found.only_b]
    if as_json:
        for stem, a, b in chosen:
            show_line(stem, [a, b], "planned")
        for path in alone:
            show_line(path.stem, [path], "no partner")
        return 0
    for _, a, b in chosen:
        print(f"{a} + {b}" if a != b else a)
    for path in alone:
        print(f"{path}: no partner")
    return 0


def show_line(
    pair: str, sources: Sequence[Path], status: str, output: Path | None = None, error: str = "", warning: str = ""
) -> None:
    """Print what became of one pair as a line of JSON."""
    names = list(dict.fromkeys(map(str, sources)))
    row = {"pair": pair, "sources": names, "output": output and str(output), "status": status}
    row |= {"error": error or None, "warning": warning or None}
    print(json.dumps(row), flush=True)


def report_folders(
    fuser: Fuser,
    found: Pairs,
    chosen: list[Pair],
    output: Path,
    prepare: Preparation,
    *,
    as_json: bool = False,
    **choices: Any,
) -> int:
    """Fuse the chosen ones of the pairs of folders with a progress bar, or a line of JSON for each.

    All have the display range of the whole; failures are listed at the end. Returns the exit status.
    """
    prepare = for_folder(prepare, found.pairs)
    outcomes, interrupted = [], False
    with progress_bar("fusing", lines=False) as show:
        try:
            for pair, outcome in zip(chosen, fuse_pairs(fuser, chosen, output, prepare, **choices), strict=True):
                outcomes.append(outcome)
                show(len(outcomes), len(chosen), outcome.stem)
                if as_json:
                    done = outcome.path if outcome.status != "failed" else None
                    show_line(outcome.stem, pair[1:], outcome.status, done, outcome.error, outcome.warning)
        except KeyboardInterrupt:
            interrupted = True
    count = {status: sum(o.status == status for o in outcomes) for status in ("fused", "skipped", "failed")}
    unaligned = sum(not outcome.aligned for outcome in outcomes)
    alone = len(found.only_a) + len(found.only_b)
    ranges = [f"; {name} from {d[0]:g} to {d[1]:g}" for name, d in zip("ab", prepare.displays or (), strict=False) if d]
    print(
        f"{output}: {count['fused']} fused, {count['skipped']} skipped, {count['failed']} failed"
        + (f", {unaligned} not aligned" if unaligned else "")
        + (f", {alone} picture{'s' * (alone > 1)} without partner (see --dry-run)" if alone else "")
        + f"; {fuser.name} on {fuser.runs_on}"
        + "".join(ranges),
        file=sys.stderr if as_json else sys.stdout,
    )
    for outcome in outcomes:
        if outcome.status == "failed":
            print(f"aefusion: {outcome.stem}: {' '.join(outcome.error.split())}", file=sys.stderr)
    if interrupted:
        print(f"aefusion: interrupted: {len(outcomes)} of {len(chosen)} done; --exist skip goes on", file=sys.stderr)
        return 130
    return 1 if count["failed"] else 0
