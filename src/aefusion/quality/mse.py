import numpy as np

from aefusion.quality.arrays import combine


def mse(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean", white: float = 1.0) -> float:
    """MSE: the mean square difference of ``fused`` from each source, the mean over both; 0 to 1.

    Pictures: float32 (H, W) in [0, 1]; the result is on that scale too, or on that of ``white`` (255 in CDDFuse's).
    Source: Jagalingam and Hegde, 2015, A review of quality metrics for fused image.

    >>> mse(np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 2)))
    0.5
    """
    of_a, of_b = (float(np.mean(np.square(np.subtract(fused, x, dtype=np.float64)))) for x in (a, b))
    return combine(of_a, of_b, over) * white**2
