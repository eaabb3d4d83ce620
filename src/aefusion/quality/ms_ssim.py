import numpy as np

from aefusion.quality.arrays import combine, gray_levels
from aefusion.quality.mef_ssim import halved, mef_ssim
from aefusion.quality.ssim import local, similarity

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def _similarity(x: np.ndarray, y: np.ndarray) -> float:
    total = 1.0
    for scale, weight in enumerate(_WEIGHTS):
        if scale:
            x, y = halved(x), halved(y)
        luminance, structure = similarity(local(x), local(y))
        last = scale == len(_WEIGHTS) - 1
        value = float((luminance * structure if last else structure).mean())
        # A negative similarity has no real power; it counts as 0, as in other implementations.
        total *= max(value, 0.0) ** weight
    return total


def ms_ssim(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean", model: str = "wang") -> float:
    """MS-SSIM: SSIM over five scales, of ``fused`` to each source, the mean over both; 0 to 1.

    ``model="mef"``: what Linfeng Tang's toolbox calls MS-SSIM is MEF-SSIM, another model.
    Pictures: float32 (H, W) in [0, 1], at least 161 x 161.
    Source: Wang, Simoncelli, Bovik, 2003, Multi-scale structural similarity for image quality assessment.

    >>> x = np.float32(np.random.default_rng(0).random((176, 176)))
    >>> round(ms_ssim(x, x, x), 6)
    1.0
    """
    if model == "mef":
        return mef_ssim(a, b, fused)
    result = gray_levels(fused)
    return combine(_similarity(gray_levels(a), result), _similarity(gray_levels(b), result), over)
