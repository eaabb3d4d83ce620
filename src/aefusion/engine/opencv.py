"""The two layers of a folded network on cv2.filter2D: slower than the kernel, for installs without a compiler."""

import cv2
import numpy as np

from aefusion.engine.check import check
from aefusion.engine.threads import available_cores, run_strips
from aefusion.engine.two_layers import TwoLayers


def run(weights: TwoLayers, a: np.ndarray, b: np.ndarray, threads: int | None = None) -> np.ndarray:
    """The fused picture of two gray pictures (H, W) of uint8, uint16 or float32, as of `cpu.run`."""
    check(a, b)
    height, width = a.shape
    full = 1 if a.dtype == np.float32 else np.iinfo(a.dtype).max
    outer, inner = weights.w1.shape[2] // 2, weights.w2.shape[2] // 2
    margin = outer + inner
    fused = np.empty(a.shape, a.dtype)

    def strip(top: int, bottom: int) -> None:
        rows = reflected(top - margin, bottom + margin, height)
        columns = reflected(-margin, width + margin, width)
        sources = [x[rows][:, columns].astype(np.float32) / np.float32(full) for x in (a, b)]
        total = np.full((bottom - top, width), weights.b2[0], np.float32)
        for w1, b1, w2 in zip(weights.w1, weights.b1, weights.w2[0], strict=True):
            value = sum(cv2.filter2D(x, -1, w) for x, w in zip(sources, w1, strict=True)) + b1
            value = cv2.filter2D(np.maximum(value, 0), -1, w2)
            total += value[margin : margin + bottom - top, margin : margin + width]
        np.clip(total, 0, 1, out=total)
        fused[top:bottom] = total if full == 1 else total * full + 0.5

    run_strips(strip, height, threads or available_cores())
    return fused


def reflected(first: int, last: int, size: int) -> np.ndarray:
    """Indices first .. last - 1 folded back into 0 .. size - 1, the edge not repeated."""
    period = max(2 * size - 2, 1)
    index = np.arange(first, last) % period
    return np.minimum(index, period - index) if size > 1 else index
