import numpy as np

from aefusion.quality.arrays import gray_levels


def brenner(fused: np.ndarray, *, saturate: bool = False) -> float:
    """BRENNER: the mean square of the larger difference, across or down, between pixels two apart, on 0..255.

    Larger is meant with its sign. ``saturate=True``: negative differences count as 0 (uint8 arithmetic).
    ``fused``: float32 (H, W) in [0, 1].
    Source: Brenner et al., 1976, An automated microscope for cytologic research; in the form of Pertuz, Puig,
    Garcia, 2013, Analysis of focus measure operators for shape-from-focus.

    >>> brenner(np.float32([[0, 0, 0.2]]))
    867.0
    """
    picture = gray_levels(fused)
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, :-2] = picture[:, 2:] - picture[:, :-2]
    down[:-2] = picture[2:] - picture[:-2]
    if saturate:
        across, down = np.maximum(across, 0), np.maximum(down, 0)
    return float(np.mean(np.maximum(across, down) ** 2))
