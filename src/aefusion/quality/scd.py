import numpy as np

from aefusion.quality.cc import correlation


def scd(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """SCD: the sum of the correlations of differences, ``fused - b`` with ``a`` and ``fused - a`` with ``b``.

    -2 to 2. Where a difference is constant (``fused`` equals a source) its correlation is 0; the toolboxes
    give NaN. Pictures: float32 (H, W) in [0, 1].
    Source: Aslantas and Bendes, 2015, A new image quality metric for image fusion: the sum of the
    correlations of differences.

    >>> a, b = np.float32(np.random.default_rng(0).random((2, 16, 16)))
    >>> round(scd(a, b, (a + b) / 2), 2)
    1.32
    """
    fused = fused.astype(np.float64)
    return correlation(fused - b, a) + correlation(fused - a, b)
