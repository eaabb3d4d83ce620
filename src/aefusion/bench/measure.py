"""Fuse pairs with every contestant and measure the results, in several processes; what is measured already is kept."""

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aefusion.bench.contestants import Contestant
from aefusion.bench.results import Progress, Results
from aefusion.bench.timing import gray
from aefusion.engine.one_thread import one_thread, one_thread_here
from aefusion.files import FileError
from aefusion.image import read
from aefusion.image.depth import to_depth
from aefusion.image.formats import SUFFIXES
from aefusion.image.pair_tree import TreePair
from aefusion.quality.metric_value import metric_value


class Task(NamedTuple):
    """One picture to be made and measured."""

    contestant: Contestant
    pair: TreePair
    metrics: tuple[str, ...]


class Outcome(NamedTuple):
    """What became of it: the value of each metric, or why there is none."""

    task: Task
    values: dict[str, float | None]
    failure: str


def measure(
    results: Results,
    chosen: Sequence[Contestant],
    pairs: Sequence[TreePair],
    metrics: Iterable[str],
    jobs: int,
    progress: Progress,
) -> None:
    """Complete the rows {method, task} of results: a sample for each pair, with the value of each metric.

    As in the paper all pictures become gray, 8 bit. A pair that fails is named in the row's facts; a row none of whose
    pairs could be fused and measured is a failure. Methods that are not made for a task are left out of it.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    todo: list[Task] = []
    for contestant in chosen:
        for pair in pairs:
            if not contestant.suits(pair.task):
                continue
            key = contestant.name, pair.task
            if key not in rows:
                before = results.done({"method": key[0], "task": key[1]}, contestant.made_from)
                rows[key] = {"samples": dict(before["samples"]) if before else {}, "failed": {}}
            if pair.name not in rows[key]["samples"]:
                todo.append(Task(contestant, pair, tuple(metrics)))
    with _outcomes(todo, jobs) as outcomes:
        for number, outcome in enumerate(outcomes, 1):
            contestant, pair, _ = outcome.task
            task, name = pair.task, pair.name
            row = rows[contestant.name, task]
            if outcome.failure:
                row["failed"][name] = outcome.failure
            else:
                row["samples"][name] = outcome.values
            results.add(
                {"method": contestant.name, "task": task},
                facts={"kind": contestant.kind, "pairs": len(row["samples"]), "failed": row["failed"]},
                samples=row["samples"],
                failure=None if row["samples"] else next(iter(row["failed"].values())),
                made_from=contestant.made_from,
            )
            progress(number, len(todo), f"{contestant.name}, {task}")


@contextmanager
def _outcomes(todo: Sequence[Task], jobs: int) -> Iterator[Iterator[Outcome]]:
    """What becomes of each task, as it is done; with `jobs` processes of one thread each, or here if it is one."""
    if jobs == 1 or len(todo) < 2:
        yield map(do, todo)
        return
    with one_thread():
        pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_begin)
        try:
            yield (future.result() for future in as_completed([pool.submit(do, task) for task in todo]))
        except BrokenProcessPool:
            raise ValueError("a process was killed (out of memory?): run again with less `jobs` to go on") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends at once, with the parent, and says nothing
    one_thread_here()


def do(task: Task) -> Outcome:
    """Fuse one pair and measure it; never raises."""
    contestant, pair, metrics = task
    try:
        a, b = _pair(pair.a, pair.b)
        if contestant.kind == "pictures":
            fused = gray(read(find_fused(Path(contestant.place), pair)).pixels)
        else:
            fused = _start(contestant)(a, b)
        if not a.shape == b.shape == fused.shape:
            raise ValueError(f"sizes differ: a {a.shape}, b {b.shape}, fused {fused.shape}")
        pictures = to_depth(a, np.float32), to_depth(b, np.float32), to_depth(fused, np.float32)
        return Outcome(task, {metric: metric_value(metric, *pictures) for metric in metrics}, "")
    except Exception as error:  # whatever one pair does, the rest goes on
        return Outcome(task, {}, " ".join(f"{error}".split()) or type(error).__name__)


_start = lru_cache(4)(lambda contestant: contestant.start(threads=1))
_pair = lru_cache(4)(lambda *paths: tuple(gray(read(path).pixels) for path in paths))


def find_fused(folder: Path, pair: TreePair) -> Path:
    """The picture of a pair in a folder: ``[<task>/][<dataset>/]<stem>.*``; FileError if it is not there."""
    stem = pair.name.rpartition("/")[2]
    for place in (pair.full_name, pair.name, f"{pair.task}/{stem}", stem):
        for suffix in SUFFIXES:
            if (path := folder / f"{place}{suffix}").is_file():
                return path
    raise FileError(folder, f"no picture {pair.full_name}", "name it [<task>/][<dataset>/]NAME")
