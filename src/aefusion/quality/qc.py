import numpy as np

from aefusion.quality.arrays import gaussian
from aefusion.quality.windows import share, statistics


def qc(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, outside: str = "clip") -> float:
    """Qc: SSIM of ``fused`` with both sources, each window by its covariance with the source; -1 to 1.

    The weight, covariance over the sum of covariances, is clipped to 0..1. ``outside="replace"`` is Liu's
    toolbox: there the quality itself becomes 0 or 1 where the weight is outside.
    Pictures: float32 (H, W) in [0, 1], at least 7 x 7.
    Source: Cvejic, Loza, Bull, Canagarajah, 2006, A similarity metric for assessment of image fusion
    algorithms.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qc(x, x, x), 6)
    1.0
    """
    window, tiny = gaussian(7, 1.5), 2e-16
    of_a, of_b = (statistics(source, fused, window, tiny, tiny) for source in (a, b))
    part = share(of_a.covariance, of_b.covariance)
    inside = np.clip(part, 0, 1)
    quality = inside * of_a.similarity + (1 - inside) * of_b.similarity
    if outside == "replace":
        quality = np.where(part == inside, quality, inside)
    return float(quality.mean())
