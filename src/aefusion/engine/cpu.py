"""The CPU: the compiled kernel where there is one, else OpenCV's filters or NumPy."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from aefusion.engine.check import check
from aefusion.engine.compiled import Compiled
from aefusion.engine.fold import fold
from aefusion.engine.layers import run_graph
from aefusion.engine.threads import available_cores, check_threads, run_all, strips
from aefusion.engine.tiles import tiles
from aefusion.engine.trained import Trained
from aefusion.engine.two_layers import MOST_MAPS, TwoLayers
from aefusion.image.depth import to_depth

try:
    from . import _kernel as _compiled  # pyright: ignore[reportAttributeAccessIssue]
except ImportError:  # installed without a compiler
    _compiled = None
_kernel: Any = _compiled


class CpuEngine:
    """The compiled kernel; without one, OpenCV for networks that fold to two layers, and NumPy for the others.

    `threads` is not for NumPy: its matrix products use what the variable OMP_NUM_THREADS says.
    """

    def __init__(self, trained: Trained, threads: int | None = None):
        self.folded, self.threads = fold(trained), threads
        self.weights = network_for_kernel(self.folded)

    @property
    def runs_on(self) -> str:
        if self.weights is None:
            return "CPU, NumPy layer by layer"
        sets = instruction_sets()
        return f"CPU, compiled kernel ({sets[0]})" if sets else "CPU, OpenCV filters (no compiled kernel)"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if self.weights is not None:
            return run(self.weights, a, b, self.threads)
        check(a, b)
        graph, weights = self.folded.graph, self.folded.weights
        return tiles(lambda x, y: run_graph(graph, weights, x, y), a, b, graph.margin, graph.multiple, 64)


def network_for_kernel(folded: Trained) -> TwoLayers | Compiled | None:
    """What `run` takes for a folded network: one kernel is made for two layers, another for any; None if neither is."""
    if folded.two_layers and folded.graph[1].channels <= MOST_MAPS:
        return TwoLayers.of(folded)
    compiled = Compiled(folded)
    return compiled if _kernel and compiled.supported(_kernel.lanes(instruction_sets()[0])) else None


def instruction_sets() -> list[str]:
    """Instruction sets that the kernel can use on this CPU, best first; empty if there is no kernel."""
    return _kernel.instruction_sets() if _kernel else []


def run(
    weights: TwoLayers | Compiled,
    a: np.ndarray,
    b: np.ndarray,
    threads: int | None = None,
    instruction_set: str | None = None,
    floats: bool = False,
) -> np.ndarray:
    """The fused picture of two gray pictures, (H, W), of their dtype; float32 within [0, 1].

    a, b: (H, W) of any size, uint8, uint16 or float32 (in [0, 1], without NaN: readers refuse it; where one
    comes here, the pixels around it are arbitrary, but within [0, 1]). Integers are scaled to [0, 1] inside
    and rounded to the nearest in the result. The borders are reflected (the edge pixel is not repeated).
    threads: as many as the process has cores, if not given; the result does not depend on it.
    instruction_set: one of instruction_sets(), the best if not given.
    floats: give float32 within [0, 1], which is not rounded, whatever the sources are.
    """
    return run_many(weights, [(a, b)], threads, instruction_set, floats)[0]


def run_many(
    weights: TwoLayers | Compiled,
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    threads: int | None = None,
    instruction_set: str | None = None,
    floats: bool = False,
) -> list[np.ndarray]:
    """`run` for several pairs, whose strips are shared out among the threads together; the largest pair comes first."""
    for a, b in pairs:
        check(a, b)
    check_threads(threads)
    threads = threads or available_cores()
    if _kernel is None:
        from aefusion.engine import opencv

        if isinstance(weights, Compiled):
            raise ValueError("installed without the kernel, which this network needs here")
        same = [tuple(to_depth(x, np.float32) for x in pair) for pair in pairs] if floats else pairs
        return [opencv.run(weights, a, b, threads) for a, b in same]
    chosen = instruction_set or instruction_sets()[0]
    if isinstance(weights, TwoLayers):
        least, strip = 8, partial(_kernel.strip, chosen, *weights.packed)
    else:
        made = weights.program(_kernel.lanes(chosen))
        least, strip = (
            4 * made.margin,
            partial(_kernel.graph, chosen, *made),
        )  # each repeats some rows of its neighbours
    calls, results, most = [], [], 0
    for a, b in pairs:
        a, b = readable(a), readable(b)
        fused = np.empty(a.shape, np.float32 if floats else a.dtype)
        rows = strips(len(a), threads, least) if a.size > most else [(0, len(a))]
        most = most or (rows[0][1] - rows[0][0]) * a.shape[1]
        calls += [partial(strip, a, b, fused, top, bottom) for top, bottom in rows]
        results.append(fused)
    run_all(calls, threads)
    return results


def peak(instruction_set: str, rounds: int) -> float:
    """Do so many rounds of independent multiply-adds in registers, and nothing else; returns how many they were."""
    return _kernel.peak(instruction_set, rounds)


def readable(x: np.ndarray) -> np.ndarray:
    """The picture itself, or a copy if the pixels of its rows do not lie side by side."""
    fits = x.flags.aligned and x.strides[1] == x.itemsize and x.strides[0] % x.itemsize == 0
    return x if fits else x.copy()
