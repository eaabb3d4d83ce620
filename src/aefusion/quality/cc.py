import numpy as np

from aefusion.quality.arrays import combine


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's correlation of two pictures, -1 to 1; 0 if one of them is constant."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    x, y = x - x.mean(), y - y.mean()
    squares = (x * x).mean() * (y * y).mean()
    # Of pictures in [0, 1], a variance below 1e-12 is rounding.
    return float((x * y).mean() / squares**0.5) if squares > 1e-24 else 0.0


def cc(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean") -> float:
    """CC: the correlation of ``fused`` with each source, the mean over both; -1 to 1, 0 for a constant.

    Pictures: float32 (H, W) in [0, 1].
    Source: Deshmukh and Bhosale, 2010, Image fusion and image quality assessment of fused images.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(cc(x, 1 - x, x), 6) + 0
    0.0
    """
    return combine(correlation(a, fused), correlation(b, fused), over)
