"""Processes that make and measure candidates, and may be killed when one takes too long."""

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

NEVER = float("inf")
ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


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

    a: Path
    b: Path
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Made:
    """The picture of a candidate is written, or is not, for that reason; `overtime` if it was stopped."""

    candidate: Candidate
    seconds: float | None
    failure: str | None
    overtime: bool = False


@dataclass(frozen=True)
class Measured:
    """What was measured of a candidate: value and failure of each metric."""

    candidate: Candidate
    values: dict[str, tuple[float | None, str | None]]
    overtime: bool = False


@dataclass
class Worker:
    process: Any
    connection: Connection
    job: Job
    left: deque[Candidate]
    """What of the job is not behind it; the first is what it is at."""
    stage: str = "start"
    deadline: float = NEVER


def run(jobs: Iterable[Job], processes: int, limit: float) -> Iterator[Made | Measured]:
    """Do all jobs in so many processes; a stage that takes over `limit` seconds, or ends its process, has failed."""
    waiting, workers = deque(jobs), []
    try:
        while waiting or workers:
            while waiting and len(workers) < processes:
                workers.append(_start(waiting.popleft()))
            soonest = min(worker.deadline for worker in workers)
            pause = None if soonest == NEVER else max(0, soonest - time.monotonic())
            heard = wait([worker.connection for worker in workers], pause)
            for worker in list(workers):
                if worker.connection in heard:
                    try:
                        yield from _follow(worker, worker.connection.recv(), limit)
                    except (EOFError, OSError):
                        _stop(worker)
                        reason, overtime = f"ended its process, status {worker.process.exitcode}", False
                    else:
                        if worker.stage == "idle":
                            if waiting:
                                _give(worker, waiting.popleft())
                            else:
                                workers.remove(worker)
                                _stop(worker)
                        continue
                elif worker.deadline <= time.monotonic():
                    _stop(worker)
                    reason, overtime = f"took longer than {limit:g} s", True
                else:
                    continue
                workers.remove(worker)
                yield from _give_up(worker, reason, overtime)
                if worker.left:
                    waiting.appendleft(replace(worker.job, candidates=tuple(worker.left)))
    finally:
        for worker in workers:
            _stop(worker)


def _follow(worker: Worker, message: tuple, limit: float) -> Iterator[Made | Measured]:
    """Take note of what a worker says."""
    worker.stage, *said = message
    worker.deadline = time.monotonic() + limit if worker.stage in ("fusing", "measuring") else NEVER
    if worker.stage == "unreadable":
        raise ValueError(said[0])
    if worker.stage == "made":
        made = Made(worker.left[0], *said)
        if made.failure or not made.candidate.metrics:
            _next(worker)
        yield made
    elif worker.stage == "measured":
        measured = Measured(worker.left[0], *said)
        _next(worker)
        yield measured


def _next(worker: Worker) -> None:
    worker.left.popleft()
    worker.stage = "between"


def _give_up(worker: Worker, reason: str, overtime: bool) -> Iterator[Made | Measured]:
    """The failure of what a worker was at when it was stopped, or ended by itself."""
    if worker.stage == "start":
        raise ValueError(
            f"a worker process {reason}, before it began: a script calls build under `if __name__ == '__main__':`"
        )
    if worker.stage in ("loading", "fusing"):
        yield Made(worker.left.popleft(), None, reason, overtime)
    elif worker.stage in ("made", "measuring"):
        candidate = worker.left.popleft()
        yield Measured(candidate, dict.fromkeys(candidate.metrics, (None, reason)), overtime)


def _start(job: Job) -> Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs,), daemon=True)
    with _one_thread():
        process.start()
    theirs.close()
    worker = Worker(process, ours, job, deque())
    _give(worker, job)
    worker.stage = "start"
    return worker


def _give(worker: Worker, job: Job) -> None:
    worker.job, worker.left, worker.stage = job, deque(job.candidates), "between"
    with suppress(OSError):  # it has ended: the next look at it tells
        worker.connection.send(job)


def _stop(worker: Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()


@contextmanager
def _one_thread() -> Iterator[None]:
    """The number of threads is read when NumPy is first imported: the new process must find it in its environment."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def work(connection: Connection) -> None:
    """What a process does until it is told to end, or the one that started it is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore")
    import cv2

    from aefusion.evolution.data import read_gray

    cv2.setNumThreads(1)
    try:
        while True:
            job = connection.recv()
            try:
                a, b = read_gray(job.a), read_gray(job.b)
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


def _do(connection: Connection, candidate: Candidate, a: Any, b: Any) -> None:
    from aefusion.evolution.evaluations import measure
    from aefusion.evolution.index import choose, from_levels, read_levels, to_levels, write_levels
    from aefusion.fusion.method import check_fused

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
            write_levels(candidate.picture, to_levels(check_fused(candidate.method, fused, a.shape)))
        except BrokenPipeError:
            raise
        except Exception as error:
            failure = _line(error)
        connection.send(("made", seconds, failure))
        if failure:
            return
    if not candidate.metrics:
        return
    connection.send(("measuring",))
    values = {}
    for name in candidate.metrics:
        try:
            value = measure(name, a, b, from_levels(read_levels(candidate.picture)))
            values[name] = (None, "gave NaN") if value != value else (value, None)
        except Exception as error:
            values[name] = (None, _line(error))
    connection.send(("measured", values))


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
