"""The deployed network on the CPU: the compiled kernel where there is one, else OpenCV's filters."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

try:
    from . import _kernel as _compiled  # pyright: ignore[reportAttributeAccessIssue]
except ImportError:  # installed without a compiler
    _compiled = None

DEPTHS = (np.uint8, np.uint16, np.float32)
_kernel: Any = _compiled


@dataclass(frozen=True, eq=False)
class Weights:
    """The folded network: conv k1 x k1 with ReLU, conv k2 x k2, clip; (k1, k2) is (3, 5) or (1, 3).

    float32, in PyTorch's layout: w1 (64, 2, k1, k1), b1 (64,), w2 (1, 64, k2, k2), b2 (1,).
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

    def __post_init__(self):
        shapes = tuple(np.shape(w) for w in (self.w1, self.b1, self.w2, self.b2))
        known = [((64, 2, k1, k1), (64,), (1, 64, k2, k2), (1,)) for k1, k2 in ((3, 5), (1, 3))]
        if shapes not in known:
            raise ValueError(f"weights have shapes {shapes}; the CPU engine runs {known[0]} and {known[1]}")

    @cached_property
    def packed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The same with the 64 channels last, as the kernel reads them."""
        ordered = (self.w1.transpose(1, 2, 3, 0), self.b1, self.w2[0].transpose(1, 2, 0), self.b2)
        first, first_bias, second, second_bias = (np.ascontiguousarray(w, np.float32) for w in ordered)
        return first, first_bias, second, second_bias


def levels() -> list[str]:
    """Instruction sets that the kernel can use on this CPU, best first; empty if there is no kernel."""
    return _kernel.levels() if _kernel else []


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="aefusion")


if hasattr(os, "register_at_fork"):  # a forked child has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def run_strips(strip: Callable[[int, int], None], height: int, threads: int) -> None:
    """Call strip(top, bottom) for all rows: as many for each thread, at least two, so that one held up is helped."""
    rounds = max(min(threads, 2), -(-height // (128 * threads)))
    rows = max(8, -(-height // (rounds * threads)))
    tops = range(0, height, rows)
    call = map if threads == 1 or len(tops) == 1 else _pool(threads).map
    for _ in call(lambda top: strip(top, min(top + rows, height)), tops):
        pass


def check(a: np.ndarray, b: np.ndarray) -> None:
    """One line that says what is wrong with the pair, if anything is."""
    if a.ndim != 2 or a.shape != b.shape or a.size == 0:
        raise ValueError(f"a is {a.shape}, b is {b.shape}; both must be gray, not empty and of one size")
    if a.dtype != b.dtype or a.dtype not in DEPTHS:
        raise ValueError(f"a is {a.dtype}, b is {b.dtype}; both must be uint8, uint16 or float32")


def readable(x: np.ndarray) -> np.ndarray:
    """The picture itself, or a copy if the pixels of its rows do not lie side by side."""
    fits = x.flags.aligned and x.strides[1] == x.itemsize and x.strides[0] % x.itemsize == 0
    return x if fits else x.copy()


def run(
    weights: Weights, a: np.ndarray, b: np.ndarray, threads: int | None = None, level: str | None = None
) -> np.ndarray:
    """The fused picture of two gray pictures, (H, W), of their dtype; float32 within [0, 1].

    a, b: (H, W) of any size, uint8, uint16 or float32 (in [0, 1], without NaN: readers refuse it; where one
    comes here, the pixels around it are arbitrary, but within [0, 1]). Integers are scaled to [0, 1] inside
    and rounded to the nearest in the result. The borders are reflected (the edge pixel is not repeated).
    threads: as many as the process has cores, if not given; the result does not depend on it.
    level: one of levels(), the best if not given.
    """
    check(a, b)
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more")
    threads = threads or available_cores()
    if _kernel is None:
        from .opencv import run as run_opencv

        return run_opencv(weights, a, b, threads)
    chosen, packed = level or levels()[0], weights.packed
    a, b = readable(a), readable(b)
    fused = np.empty(a.shape, a.dtype)
    run_strips(lambda top, bottom: _kernel.strip(chosen, *packed, a, b, fused, top, bottom), len(a), threads)
    return fused
