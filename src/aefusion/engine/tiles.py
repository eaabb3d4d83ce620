from collections.abc import Callable

import numpy as np


def tiles(
    run: Callable[[np.ndarray, np.ndarray], np.ndarray],
    a: np.ndarray,
    b: np.ndarray,
    margin: int,
    multiple: int = 1,
    size: int = 256,
) -> np.ndarray:
    """Apply `run`, which takes and gives float32 (H, W) in [0, 1], tile by tile: equal to the whole, in bounded memory.

    ``a``, ``b``: (H, W), uint8, uint16 or float32; returns the same dtype. Tiles overlap by `margin`, and begin at
    multiples of `multiple`, so that pooling falls on the same pixels as in the whole picture.
    """
    height, width = a.shape
    full = 1 if a.dtype == np.float32 else np.iinfo(a.dtype).max
    margin += -margin % multiple
    fused = np.empty_like(a)
    for top in range(0, height, size):
        for left in range(0, width, size):
            above, before = min(top, margin), min(left, margin)
            rows = slice(top - above, min(top + size + margin, height))
            columns = slice(left - before, min(left + size + margin, width))
            tile = run(*(x[rows, columns].astype(np.float32) / np.float32(full) for x in (a, b)))
            tile = tile[above : above + size, before : before + size]
            fused[top : top + size, left : left + size] = tile if full == 1 else tile * full + 0.5
    return fused
