import numpy as np

from aefusion.quality.arrays import codes, combine


def _divergence(source: np.ndarray, fused: np.ndarray) -> float:
    p, q = (np.bincount(codes(x).ravel(), minlength=256) / x.size for x in (source, fused))
    both = (p > 0) & (q > 0)
    return float((p[both] * np.log2(p[both] / q[both])).sum())


def ce(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean") -> float:
    """CE: the cross entropy between the histograms of the sources and of ``fused``, in bits; 0 is best.

    The mean over both sources of ``sum p log2(p / q)``. Gray levels that are empty in ``fused`` are left out, as
    in VIFB, since the sum would be infinite; for that it can fall below 0.
    Pictures: float32 (H, W) in [0, 1], counted in 256 gray levels.
    Source: Bulanon, Burks, Alchanatis, 2009, Image fusion of visible and thermal images for fruit detection.

    >>> x = np.float32([[0, 1], [0, 1]])
    >>> ce(x, x, x)
    0.0
    """
    return combine(_divergence(a, fused), _divergence(b, fused), over)
