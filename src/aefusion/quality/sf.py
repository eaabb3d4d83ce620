import numpy as np

from aefusion.quality.arrays import gray_levels


def sf(fused: np.ndarray, *, divisor: str = "all") -> float:
    """SF: the spatial frequency, the root of the mean square differences across plus down on 0..255.

    ``divisor="all"`` divides by all H W pixels (Eskicioglu and Fisher, VIFB); ``"differences"`` by how many
    differences there are, H (W - 1) and (H - 1) W (Linfeng Tang). 0 for a constant picture or a single pixel.
    ``fused``: float32 (H, W) in [0, 1].
    Source: Eskicioglu and Fisher, 1995, Image quality measures and their performance.

    >>> round(sf(np.float32([[0, 1], [0, 1]])), 4)
    180.3122
    """
    squares = [np.square(np.diff(gray_levels(fused), axis=axis)) for axis in (0, 1)]
    counts = [square.size if divisor == "differences" else fused.size for square in squares]
    return float(sum(square.sum() / max(count, 1) for square, count in zip(squares, counts, strict=True)) ** 0.5)
