"""AE-Netv2-P: an engine on each level of the sources' pyramids (Burt, Adelson 1983)."""

from itertools import pairwise

import numpy as np

from aefusion.engine import cpu
from aefusion.engine.check import check
from aefusion.engine.threads import available_cores, run_strips
from aefusion.image.depth import to_depth
from aefusion.network.levels import level_sizes

ALONE = 1 << 17
"""Pixels that one thread makes or enlarges before it would be helped: they take less than a tenth of a millisecond."""


class PyramidEngine:
    """Runs the network of `engine` on every level; what it gives equals `network.pyramid.PyramidNetwork`.

    The levels are made and put together by the compiled kernel on so many `threads`, or by OpenCV where there is none.
    """

    def __init__(self, engine, threads: int | None = None):
        self.engine, self.threads = engine, threads or available_cores()

    @property
    def runs_on(self) -> str:
        return f"{self.engine.runs_on}, on each level of a pyramid"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        check(a, b)
        sizes = level_sizes(*a.shape)
        if not cpu.instruction_sets() or len(sizes) == 1:
            return self._with_opencv(a, b, sizes)
        pairs = [(cpu.readable(a), cpu.readable(b))]
        for size in sizes[1:]:
            one, other = (self._reduced(x, np.empty(size, np.float32)) for x in pairs[-1])
            pairs.append((one, other))
        fused = self._fused(pairs)
        for level, coarse in reversed([*pairwise(fused)]):  # each is read before it is changed
            self._reduced(level, coarse, subtract=True)
        result = fused[-1]
        for level in reversed(fused[1:-1]):
            result = self._enlarged(result, level, level, last=False)
        return self._enlarged(result, fused[0], np.empty(a.shape, a.dtype), last=True)

    def _fused(self, pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
        """All levels as float32, the largest first."""
        weights = self.engine.weights if isinstance(self.engine, cpu.CpuEngine) else None
        if weights is not None:
            return cpu.run_many(weights, pairs, self.threads, floats=True)
        return [self.engine(to_depth(a, np.float32), to_depth(b, np.float32)) for a, b in pairs]

    def _reduced(self, x: np.ndarray, to: np.ndarray, subtract: bool = False) -> np.ndarray:
        """`to`, after it was set to `x` reduced to half its size, or after that was subtracted from it."""
        kernel, chosen = cpu._kernel, cpu.instruction_sets()[0]

        def strip(top: int, bottom: int) -> None:
            kernel.reduce(chosen, x, to, subtract, top, bottom)

        run_strips(strip, len(to), self.threads, -(-ALONE // x.shape[1]))
        return to

    def _enlarged(self, coarse: np.ndarray, level: np.ndarray, to: np.ndarray, last: bool) -> np.ndarray:
        """`to`, after it was set to the sum of `level` and `coarse` at twice its size; the last one is clipped."""
        kernel, chosen = cpu._kernel, cpu.instruction_sets()[0]

        def strip(top: int, bottom: int) -> None:
            kernel.enlarge(chosen, coarse, level, to, last, top, bottom)

        run_strips(strip, len(to), self.threads, -(-ALONE // to.shape[1]))
        return to

    def _with_opencv(self, a: np.ndarray, b: np.ndarray, sizes: list[tuple[int, int]]) -> np.ndarray:
        import cv2

        depth = a.dtype
        a, b = to_depth(a, np.float32), to_depth(b, np.float32)
        fused = [self.engine(a, b)]
        for height, width in sizes[1:]:
            a, b = (cv2.pyrDown(x, dstsize=(width, height)) for x in (a, b))
            fused.append(self.engine(a, b))
        result = fused[-1]
        for level in reversed(fused[:-1]):
            height, width = result.shape
            result -= cv2.pyrDown(level, dstsize=(width, height))
            result = cv2.pyrUp(result, dstsize=level.shape[::-1])
            result += level
        return to_depth(np.clip(result, 0, 1, out=result), depth)
