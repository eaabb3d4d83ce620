import math

import numpy as np

from aefusion.quality.mse import mse
from aefusion.quality.rmse import rmse


def psnr(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, error: str = "mse", peak: float | str = 1.0) -> float:
    """PSNR: ten times the decimal logarithm of 1 over the mean square difference from both sources, in dB.

    Infinite if all three pictures are equal. ``error="vifb"`` puts VIFB's unusual RMSE in the place of the
    mean square; ``peak=255`` is Linfeng Tang's, 48.13 dB too much for pictures on 0..1; ``peak="fused"`` is CDDFuse's,
    the largest value of ``fused``.
    Pictures: float32 (H, W) in [0, 1].
    Source: Jagalingam and Hegde, 2015, A review of quality metrics for fused image.

    >>> round(psnr(np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 2))), 4)
    3.0103
    """
    if error == "vifb":
        difference, peak = rmse(a, b, fused, divide="outside"), 255.0
    else:
        difference = mse(a, b, fused)
    peak = float(fused.max()) if peak == "fused" else float(peak)
    if difference == 0:
        return math.inf
    return -math.inf if peak == 0 else 10 * math.log10(peak**2 / difference)
