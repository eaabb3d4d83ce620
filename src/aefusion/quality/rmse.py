import numpy as np

from aefusion.quality.arrays import combine
from aefusion.quality.mse import mse


def rmse(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean", divide: str = "inside") -> float:
    """RMSE: the root mean square difference of ``fused`` from each source on 0..255, the mean over both.

    ``divide="outside"`` is VIFB's: the root of the sum of squares, divided by H W.
    Pictures: float32 (H, W) in [0, 1].
    Source: Jagalingam and Hegde, 2015, A review of quality metrics for fused image.

    >>> rmse(np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 2)))
    127.5
    """
    of_a, of_b = (255 * mse(a, b, fused, over=source) ** 0.5 for source in ("a", "b"))
    return combine(of_a, of_b, over) / (fused.size**0.5 if divide == "outside" else 1)
