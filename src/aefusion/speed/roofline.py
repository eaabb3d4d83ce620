"""What a processor can do at most: multiply-adds a second, and bytes a second from and to memory.

S. Williams, A. Waterman, D. Patterson, 2009, Roofline: an insightful visual performance model.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from aefusion.engine import cpu

PEAK_ROUNDS = 5_000_000
"""Enough that beginning them counts nothing: a hundredth of a second."""
PICTURE = 7680 * 4320
"""Pixels of each of the three pictures that memory is measured with: 133 MB, more than most caches hold."""


@dataclass(frozen=True)
class Rate:
    """Work a second, by the clock on the wall and by the processor time of one thread."""

    wall: float
    processor: float


class Roofline:
    """Measures both limits on a number of threads; each call is one sample, to be taken between others' turns.

    The peak is that of independent multiply-adds in registers, with each instruction set of the kernel; there is none
    without a compiled kernel. Memory is measured by adding two float32 pictures into a third: 12 bytes a pixel,
    what a fusion has to move at least.
    """

    def __init__(self, threads: int, *, pixels: int = PICTURE, rounds: int = PEAK_ROUNDS):
        self.threads, self.rounds = threads, rounds
        self.pool = ThreadPoolExecutor(threads)
        self.pictures = np.ones((3, max(1, pixels // threads) * threads), np.float32)

    def __enter__(self) -> "Roofline":
        return self

    def __exit__(self, *_) -> None:
        self.pool.shutdown()

    def peaks(self) -> dict[str, Rate]:
        """Multiply-adds a second, for each instruction set of the kernel."""
        return {name: self._rate(lambda name=name: self._multiply_adds(name)) for name in cpu.instruction_sets()}

    def memory(self) -> Rate:
        """Bytes a second: two streams read, one written."""
        return self._rate(self._traffic)

    def _multiply_adds(self, instruction_set: str) -> float:
        return sum(self.pool.map(lambda _: cpu.peak(instruction_set, self.rounds), range(self.threads)))

    def _traffic(self) -> float:
        a, b, total = self.pictures.reshape(3, self.threads, -1)
        for _ in self.pool.map(lambda i: np.add(a[i], b[i], out=total[i]), range(self.threads)):
            pass
        return float(self.pictures.nbytes)

    def _rate(self, run: Callable[[], float]) -> Rate:
        wall, processor = time.perf_counter(), time.process_time()
        work = run()
        return Rate(work / (time.perf_counter() - wall), self.threads * work / (time.process_time() - processor))


def attainable(peak: float, memory: float, intensity: float) -> float:
    """Multiply-adds a second that the roofline allows a program of that many multiply-adds a byte.

    >>> attainable(peak=90e9, memory=10e9, intensity=229), attainable(peak=90e9, memory=10e9, intensity=2)
    (90000000000.0, 20000000000.0)
    """
    return min(peak, memory * intensity)
