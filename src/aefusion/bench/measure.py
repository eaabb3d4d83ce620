"""Fuse pairs with every contestant and measure the results, in several processes; what is measured already is kept."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aefusion.bench.contestants import Contestant
from aefusion.bench.results import Progress, Results
from aefusion.bench.timing import gray
from aefusion.files import FileError
from aefusion.image import read
from aefusion.image.depth import to_depth
from aefusion.image.formats import SUFFIXES
from aefusion.image.pair_tree import TreePair
from aefusion.image.shown_files import Displays, read_shown
from aefusion.image.shown_pairs import displays_of
from aefusion.image.thermal import Range
from aefusion.one_thread import in_processes
from aefusion.quality.metric_value import metric_value

PAPER = "paper "
"""What names begin with whose value is that of the paper's convention, whatever the other metrics are."""


class Task(NamedTuple):
    """One picture to be made and measured."""

    contestant: Contestant
    pair: TreePair
    displays: Displays
    """The ranges in which thermal pictures are shown."""
    metrics: tuple[str, ...]
    """Names; behind "paper " it is that convention's value in any case."""
    convention: str


class Outcome(NamedTuple):
    """What became of it: the value of each metric, or why there is none."""

    task: Task
    values: dict[str, float | None]
    undefined: dict[str, str]
    """Why a metric is not defined for the picture."""
    failure: str


def measure(
    results: Results,
    chosen: Sequence[Contestant],
    pairs: Sequence[TreePair],
    metrics: Iterable[str],
    jobs: int,
    progress: Progress,
    *,
    convention: str = "paper",
    range: Range = "auto",
) -> None:
    """Complete the rows {method, task} of results: a sample for each pair, with the value of each metric.

    As in the paper all pictures become gray, 8 bit; thermal ones are shown in ``range``, one for each folder. A pair
    that fails is named in the row's facts; a row none of whose pairs could be fused and measured is a failure. Methods
    that are not made for a task are left out of it.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    todo: list[Task] = []
    displays = dict(zip((pair.full_name for pair in pairs), displays_of(pairs, range), strict=True))
    for contestant in chosen:
        for pair in pairs:
            if not contestant.suits(pair.task):
                continue
            key = contestant.name, pair.task
            if key not in rows:
                before = results.done({"method": key[0], "task": key[1]}, contestant.made_from)
                rows[key] = {"samples": dict(before["samples"]) if before else {}, "failed": {}}
                rows[key]["undefined"] = dict(before["facts"].get("undefined", {})) if before else {}
            if pair.name not in rows[key]["samples"]:
                todo.append(Task(contestant, pair, displays[pair.full_name], tuple(metrics), convention))
    with in_processes(do, todo, jobs) as outcomes:
        for number, outcome in enumerate(outcomes, 1):
            contestant, pair = outcome.task.contestant, outcome.task.pair
            task, name = pair.task, pair.name
            row = rows[contestant.name, task]
            if outcome.failure:
                row["failed"][name] = outcome.failure
            else:
                row["samples"][name] = outcome.values
                row["undefined"] |= outcome.undefined
            results.add(
                {"method": contestant.name, "task": task},
                facts={"kind": contestant.kind, "pairs": len(row["samples"]), "failed": row["failed"]}
                | ({"undefined": row["undefined"]} if row["undefined"] else {}),
                samples=row["samples"],
                failure=None if row["samples"] else next(iter(row["failed"].values())),
                made_from=contestant.made_from,
            )
            progress(number, len(todo), f"{contestant.name}, {task}")


def do(task: Task) -> Outcome:
    """Fuse one pair and measure it; never raises."""
    contestant, pair = task.contestant, task.pair
    try:
        a, b = _pair(pair.a, pair.b, task.displays)
        if contestant.kind == "pictures":
            fused = gray(read(find_fused(Path(contestant.place), pair)).pixels)
        else:
            fused = _start(contestant)(a, b)
        if not a.shape == b.shape == fused.shape:
            raise ValueError(f"sizes differ: a {a.shape}, b {b.shape}, fused {fused.shape}")
        pictures = to_depth(a, np.float32), to_depth(b, np.float32), to_depth(fused, np.float32)
        values, undefined = {}, {}
        for metric in task.metrics:
            name = metric.removeprefix(PAPER)
            try:
                values[metric] = metric_value(name, *pictures, task.convention if name == metric else "paper")
            except ValueError as error:
                undefined[metric] = str(error)
        if not values:
            raise ValueError(next(iter(undefined.values())))
        return Outcome(task, values, undefined, "")
    except Exception as error:  # whatever one pair does, the rest goes on
        return Outcome(task, {}, {}, " ".join(f"{error}".split()) or type(error).__name__)


_start = lru_cache(4)(lambda contestant: contestant.start(threads=1))
_pair = lru_cache(4)(lambda *one: tuple(gray(picture.pixels) for picture in read_shown(*one)))


def find_fused(folder: Path, pair: TreePair) -> Path:
    """The picture of a pair in a folder: ``[<task>/][<dataset>/]<stem>.*``; FileError if it is not there."""
    stem = pair.name.rpartition("/")[2]
    for place in (pair.full_name, pair.name, f"{pair.task}/{stem}", stem):
        for suffix in SUFFIXES:
            if (path := folder / f"{place}{suffix}").is_file():
                return path
    raise FileError(folder, f"no picture {pair.full_name}", "name it [<task>/][<dataset>/]NAME")
