import numpy as np

from aefusion.quality.arrays import gaussian
from aefusion.quality.ssim import C1, C2
from aefusion.quality.windows import share, statistics


def qs(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, weighted: bool = False) -> float:
    """Qs: the SSIM of ``fused`` with both sources, each window by the source with more variance; -1 to 1.

    ``weighted=True`` (Qw) weighs each window by the larger variance too; it is the mean where both sources
    are constant. Pictures: float32 (H, W) in [0, 1], at least 11 x 11.
    Source: Piella and Heijmans, 2003, A new quality metric for image fusion.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qs(x, x, x), 6)
    1.0
    """
    window = gaussian(11, 1.5)
    of_a, of_b = (statistics(source, fused, window, C1, C2) for source in (a, b))
    part = share(of_a.variance_x, of_b.variance_x)
    quality = part * of_a.similarity + (1 - part) * of_b.similarity
    larger = np.maximum(of_a.variance_x, of_b.variance_x)
    if weighted and larger.any():
        return float((quality * larger).sum() / larger.sum())
    return float(quality.mean())
