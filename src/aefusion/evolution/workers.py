"""Processes that make and measure candidates, and are killed when one takes too long: as the parent sees them."""

import multiprocessing
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from aefusion.evolution.work import Candidate, Job, work
from aefusion.one_thread import one_thread

NEVER = float("inf")


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
    with one_thread():
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
