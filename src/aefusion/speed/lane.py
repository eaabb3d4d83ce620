"""An engine of `bench speed` in a process of its own: its memory, its threads and its end are nobody else's."""

import ctypes
import multiprocessing
import re
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.speed.engines import UINT8, engines, network

SEED = 1
REFERENCE = (512, 512)
"""Height and width of the pair that is fused beside each other one: time a pixel is compared with its."""
WARM = 1 << 20
"""Pixels up to which a pair is fused once before its time is taken, as in a loop over pictures; more fill no cache."""
CORNER = 64
"""Rows and columns of the result that are handed back, to compare engines."""


class Failed(Exception):
    """Why an engine did not run, in one line."""


class Lane:
    """One engine for one size of pictures; every call waits for its process, and raises `Failed`."""

    def __init__(self, model: str, name: str, height: int, width: int):
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.process = context.Process(target=serve, args=(there, model, name, height, width), daemon=True)
        self.process.start()
        there.close()

    def prepare(self, threads: int, memory: float) -> tuple[int | None, np.ndarray]:
        """Make the engine for so many threads and run it once.

        Returns the most memory that it held meanwhile beside the two sources, in bytes, where the system tells, and
        the corner of its picture. ``memory``: bytes; it is refused if it would need more.
        """
        return self._ask("prepare", threads, memory)

    def run(self) -> tuple[float, float, float, float]:
        """Fuse once: seconds on the wall and of its processor time, and the same for the pair of the size REFERENCE."""
        return self._ask("run")

    def close(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def _ask(self, *request: Any) -> Any:
        try:
            self.connection.send(request)
            answer = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            raise Failed(f"its process ended ({self.process.exitcode}), for want of memory perhaps") from None
        if isinstance(answer, Failed):
            raise answer
        return answer


def serve(connection: Connection, model: str, name: str, height: int, width: int) -> None:
    """The life of the process: it does what it is asked until it is killed, or its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    runner = None
    with suppress(EOFError):
        while True:
            request = connection.recv()
            try:
                runner = runner or Runner(model, name, height, width)
                connection.send(getattr(runner, request[0])(*request[1:]))
            except Exception as error:  # whatever one engine does, the others go on
                connection.send(Failed(" ".join((str(error) or type(error).__name__).split())))


class Runner:
    """What is in the process: an engine, the pair, and the pair of the size REFERENCE."""

    def __init__(self, model: str, name: str, height: int, width: int):
        self.make = engines(network(model))[name]
        self.name, self.height, self.width = name, height, width
        self.pair, self.reference = (), sources(*REFERENCE, name)
        self.peak: int | None = None
        self.fuse: Any = None

    def prepare(self, threads: int, memory: float) -> tuple[int | None, np.ndarray]:
        self.fuse = None  # what it held is free before the next is made
        self.fuse = self.make(threads)
        fused = (self.fuse(*self.pair) if self.pair else self.first(memory))[:CORNER, :CORNER]
        return self.peak, fused / np.float32(255) if fused.dtype == np.uint8 else fused.copy()

    def first(self, memory: float) -> np.ndarray:
        """Make the pair and fuse it, and find the peak of the memory meanwhile."""
        self.fuse(*sources(CORNER, CORNER, self.name))  # what is loaded late
        before = forget_peak()
        pixels, few = self.height * self.width, REFERENCE[0] * REFERENCE[1]
        if pixels > few and before is not None:
            self.fuse(*self.reference)
            need = pixels * ((held("VmHWM") or before) - before) / few
            if need > memory:
                raise ValueError(f"not run: it would need about {need / 1e9:.1f} GB, and may use {memory / 1e9:.1f} GB")
        self.pair = sources(self.height, self.width, self.name)
        forget_peak()
        fused = self.fuse(*self.pair)
        after = held("VmHWM")
        if before is not None and after is not None:
            self.peak = max(0, after - before - sum(x.nbytes for x in self.pair))
        return fused

    def run(self) -> tuple[float, float, float, float]:
        times = self.timed(self.pair)
        same = (self.height, self.width) == REFERENCE
        return *times, *(times if same else self.timed(self.reference))

    def timed(self, pair: tuple) -> tuple[float, float]:
        if pair[0].size <= WARM:
            self.fuse(*pair)
        wall, processor = time.perf_counter(), time.process_time()
        self.fuse(*pair)
        return time.perf_counter() - wall, time.process_time() - processor


def sources(height: int, width: int, name: str) -> tuple[np.ndarray, ...]:
    """The same pair for all, as the engine of that name takes it; noise of 8 bit."""
    random = np.random.default_rng(SEED)
    pair = [random.integers(0, 256, (height, width), np.uint8) for _ in range(2)]
    return tuple(x if name.endswith(UINT8) else x / np.float32(255) for x in pair)


def forget_peak() -> int | None:
    """Give free memory back, and let Linux begin anew with the peak of this process; bytes held now, None elsewhere."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return held("VmRSS")


def held(field: str, file: str = "/proc/self/status") -> int | None:
    """Bytes that Linux states there; None elsewhere."""
    try:
        found = re.search(rf"^{field}:\s+(\d+) kB", Path(file).read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def available_memory() -> float:
    """Bytes of the machine's memory that are free for programs; without end where the system does not tell."""
    return held("MemAvailable", "/proc/meminfo") or float("inf")
