"""What a process does that makes and measures candidates, and what it says to its parent."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np

from aefusion.evolution.evaluations import measure
from aefusion.evolution.index import choose
from aefusion.evolution.pictures import read_picture, write_picture
from aefusion.fusion.method import check_fused
from aefusion.image.pair_tree import TreePair
from aefusion.image.shown_files import Displays
from aefusion.image.shown_pairs import read_grays
from aefusion.one_thread import one_thread_here


@dataclass(frozen=True)
class Candidate:
    """One thing to do: make the picture if `fuse`, then measure it."""

    key: str
    pair: str
    method: str
    version: str
    parameters: str
    picture: Path
    fuse: bool
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """The candidates of one pair."""

    pair: TreePair
    displays: Displays
    """The ranges in which its pictures are shown."""
    candidates: tuple[Candidate, ...]


def work(connection: Connection) -> None:
    """What a process does until it is told to end, or the one that started it is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    one_thread_here()
    try:
        while True:
            job = connection.recv()
            try:
                a, b = read_grays(job.pair, job.displays)
            except ValueError as error:
                return connection.send(("unreadable", str(error)))
            for candidate in job.candidates:
                _do(connection, candidate, a, b)
            connection.send(("idle",))
    except (BrokenPipeError, EOFError):
        sys.exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _do(connection: Connection, candidate: Candidate, a: np.ndarray, b: np.ndarray) -> None:
    """Make and measure one candidate; each stage is told before it begins, as its time is limited."""
    connection.send(("loading",))
    if candidate.fuse:
        seconds, failure = None, None
        try:
            method = choose(candidate.method)
            _ = method.function  # imports what it needs, which is not its time
            connection.send(("fusing",))
            start = time.perf_counter()
            fused = method(a, b)
            seconds = time.perf_counter() - start
            write_picture(candidate.picture, check_fused(candidate.method, fused, a.shape))
        except BrokenPipeError:
            raise
        except Exception as error:
            failure = _line(error)
        connection.send(("made", seconds, failure))
        if failure:
            return
    if candidate.metrics:
        connection.send(("measuring",))
        connection.send(("measured", {name: _measured(name, candidate.picture, a, b) for name in candidate.metrics}))


def _measured(metric: str, picture: Path, a: np.ndarray, b: np.ndarray) -> tuple[float | None, str | None]:
    """The value of a metric, or why there is none."""
    try:
        value = measure(metric, a, b, read_picture(picture))
    except Exception as error:
        return None, _line(error)
    return (None, "gave NaN") if value != value else (value, None)


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
