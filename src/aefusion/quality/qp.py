import cv2
import numpy as np

from aefusion.quality.arrays import gaussian, gray_levels
from aefusion.quality.phase_congruency import phase_congruency

_SEEN, _C = 0.1, 1e-4


def qp(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Qp: how well ``fused`` keeps the features of both sources, by phase congruency; about 0 to 1.

    The product of three means: of the phase congruency, and of its largest and smallest moments, each the best local
    correlation with a source or with the stronger of both. 1 where no source has a feature.
    Pictures: float32 (H, W) in [0, 1].
    Source: Zhao, Laganiere, Liu, 2007, Performance assessment of combinative pixel-level image fusion based on an
    absolute feature measurement.

    >>> x = np.float32(np.random.default_rng(0).random((32, 32)))
    >>> round(qp(x, x, x), 2)
    0.76
    """
    of_a, of_b, of_fused = (phase_congruency(gray_levels(picture)) for picture in (a, b, fused))
    first = of_a.phase > of_b.phase
    seen_a, seen_b = of_a.phase > _SEEN, of_b.phase > _SEEN
    seen = seen_a | seen_b
    if not seen.any():
        return 1.0
    total = 1.0
    for x, y, z in zip(of_a, of_b, of_fused, strict=True):
        pairs = ((x, seen_a), (y, seen_b), (np.where(first, x, y), seen))
        best = np.max([_correlation(source * where, z) * where for source, where in pairs], axis=0)
        total *= best.sum() / seen.sum()
    return float(total)


def _correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The local correlation of two maps, 0 outside of them."""
    window = gaussian(11, 1.5)

    def local(z: np.ndarray) -> np.ndarray:
        return cv2.sepFilter2D(z, -1, window, window, borderType=cv2.BORDER_CONSTANT)

    mean_x, mean_y = local(x), local(y)
    covariance = local(x * y) - mean_x * mean_y
    variances = (local(x * x) - mean_x**2) * (local(y * y) - mean_y**2)
    return (covariance + _C) / (np.sqrt(np.abs(variances)) + _C)
