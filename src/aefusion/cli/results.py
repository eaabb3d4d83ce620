"""What commands show of results: a line for people on standard output, or a row of JSON for programs."""

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aefusion.cli.console import progress_bar
from aefusion.cli.words import in_words, say, with_options
from aefusion.fusion.folders import Folders
from aefusion.fusion.result import Fused

Show = Callable[..., None]
NAMED = 3
"""So many pictures without partner are named where all is summed up."""


def row(result: Any) -> dict[str, Any]:
    """A result (`Fused`, or another with a `row`) as plain values; what it says of parameters, it says of options."""
    content = result.row()
    return {k: with_options(v) if k in ("error", "warning") and v else v for k, v in content.items()}


@contextmanager
def showing(as_json: bool) -> Iterator[Show]:
    """Gives a function that shows a result: as a row of JSON, or as the line of text that comes with it, if any.

    Warnings that are in a row are not told on standard error too. With a line of text, what was noted without a warning
    is told.
    """
    with _showing(as_json) as (show, _):
        yield show


@contextmanager
def _showing(as_json: bool) -> Iterator[tuple[Show, list[str]]]:
    """The same, with the warnings that were told so far."""
    told, in_rows, before = [], set(), warnings.showwarning

    def tell(message: Warning | str, *where: Any) -> None:
        told.append(str(message))
        if not as_json:
            before(message, *where)

    def show(fused: Fused, line: str = "") -> None:
        in_rows.update(fused.warnings)
        if as_json:
            print(json.dumps(row(fused)), flush=True)
        elif line:
            for text in fused.warnings:
                if text not in told:
                    say(text)
            print(line)

    warnings.showwarning = tell
    try:
        yield show, told
    finally:
        warnings.showwarning = before
        for text in told if as_json else ():
            if text not in in_rows:
                say(f"warning: {text}")


@contextmanager
def showing_one(sources: Sequence[str | Path], output: str | Path, as_json: bool) -> Iterator[tuple[Fused, Show]]:
    """The same for one result: gives it as it is planned too. An error is a row of JSON, and goes on its way."""
    planned = Fused(
        name=Path(output).stem, sources=tuple(dict.fromkeys(map(str, sources))), output=Path(output), status="planned"
    )
    with _showing(as_json) as (show, told):
        try:
            yield planned, show
        except (ValueError, OSError) as error:
            show(replace(planned, output=None, status="failed", error=in_words(error), warnings=tuple(told)))
            raise


def list_planned(folders: Folders, as_json: bool) -> int:
    """Show the pairs that would be fused, and the pictures without partner."""
    with showing(as_json) as show:
        for fused in folders.planned():
            show(fused, " + ".join(fused.sources))
    for path in folders.alone:
        print(row_alone(path) if as_json else f"{path}: no partner")
    return 0


def row_alone(path: Path) -> str:
    """A picture without partner, as a row of JSON."""
    return json.dumps(row(Fused(name=path.stem, sources=(str(path),))) | {"status": "no partner"})


def fuse_and_show(folders: Folders, as_json: bool) -> int:
    """Fuse the pairs with a progress bar, or a row of JSON for each; failures at the end. Returns the exit status."""
    results: list[Fused] = []
    interrupted = False
    with progress_bar("fusing", lines=False) as progress, showing(as_json) as show:
        try:
            progress(0, len(folders), "finding the range")
            for fused in folders:
                results.append(fused)
                progress(len(results), len(folders), fused.name)
                show(fused)
        except KeyboardInterrupt:
            interrupted = True
    for path in folders.alone if as_json and not interrupted else ():
        print(row_alone(path))
    print(summary(folders, results), file=sys.stderr if as_json else sys.stdout)
    failed = [fused for fused in results if fused.status == "failed"]
    for fused in failed:
        say(f"{fused.name}: {fused.error}")
    if interrupted:
        say(f"interrupted: {len(results)} of {len(folders)} done; --exist skip goes on")
        return 130
    return 1 if failed else 0


def summary(folders: Folders, results: Sequence[Fused]) -> str:
    """What became of all, as one line."""
    counts = [f"{sum(one.status == status for one in results)} {status}" for status in ("fused", "skipped", "failed")]
    if unaligned := sum(one.aligned is False for one in results):
        counts.append(f"{unaligned} not aligned")
    if alone := len(folders.alone):
        names = ", ".join(path.name for path in folders.alone[:NAMED])
        more = f" and {alone - NAMED} more, see --dry-run" if alone > NAMED else ""
        counts.append(f"{alone} picture{'s' * (alone > 1)} without partner ({names}{more})")
    ranges = [f"{name} from {one[0]:g} to {one[1]:g}" for name, one in zip("ab", folders.displays, strict=True) if one]
    return "; ".join([f"{folders.output}: {', '.join(counts)}", folders.fuser.in_words, *ranges])
