import numpy as np

from aefusion.quality.arrays import gaussian
from aefusion.quality.windows import share, statistics


def qy(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Qy: SSIM of ``fused`` with both sources where they agree, with the more similar one where not; -1 to 1.

    Window of 7 x 7, practically without the constants of SSIM.
    Pictures: float32 (H, W) in [0, 1], at least 7 x 7.
    Source: Yang, Zhang, Wang, Liu, 2008, A novel similarity based quality metric for image fusion.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qy(x, x, x), 6)
    1.0
    """
    window, tiny = gaussian(7, 1.5), 2e-16
    sources = statistics(a, b, window, tiny, tiny)
    of_a, of_b = (statistics(source, fused, window, tiny, tiny).similarity for source in (a, b))
    part = share(sources.variance_x, sources.variance_y)
    both = part * of_a + (1 - part) * of_b
    return float(np.where(sources.similarity >= 0.75, both, np.maximum(of_a, of_b)).mean())
