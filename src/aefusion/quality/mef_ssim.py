import numpy as np

from aefusion.quality.arrays import filter_valid, gaussian, gray_levels

WEIGHTS = np.array([0.0448, 0.2856, 0.3001]) / 0.6305
C = (0.03 * 255) ** 2
SIZE = 11


def halved(picture: np.ndarray) -> np.ndarray:
    """Half the size: means of 2 x 2; a last odd row or column counts twice."""
    height, width = picture.shape
    padded = np.pad(picture, ((0, height % 2), (0, width % 2)), mode="edge")
    return (padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]) / 4


def _moment(x: np.ndarray, y: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The covariance of two pictures at each window."""
    return filter_valid(x * y, window) - filter_valid(x, window) * filter_valid(y, window)


def _quality(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """One scale. Every patch of the desired result is a sum ``part_a * a + part_b * b`` of source patches.

    So its variance and its covariance with ``fused`` follow from those of the sources, and no patch is built.
    """
    box, window = np.full(SIZE, 1 / SIZE), gaussian(SIZE, 1.5)
    squares = SIZE**2
    aa, bb, ab = (np.array(_moment(x, y, box)) * squares for x, y in ((a, a), (b, b), (a, b)))
    length_a, length_b = np.sqrt(np.maximum(aa, 0)), np.sqrt(np.maximum(bb, 0))
    length_sum = np.sqrt(np.maximum(aa + bb + 2 * ab, 0))
    agreement = (length_sum + 1e-16) / (length_a + length_b + 1e-16)
    power = np.minimum(np.tan(np.pi / 2 * np.clip(agreement, 0, 1 - 1e-16)), 10)
    power = np.where(power < 0, 10, power)
    length_a, length_b = length_a + 0.001, length_b + 0.001
    weight_a, weight_b = (length_a / SIZE) ** power + 1e-16, (length_b / SIZE) ** power + 1e-16
    part_a = weight_a / (weight_a + weight_b) / length_a
    part_b = weight_b / (weight_a + weight_b) / length_b
    length = np.sqrt(np.maximum(part_a**2 * aa + part_b**2 * bb + 2 * part_a * part_b * ab, 0))
    scale = np.divide(np.maximum(length_a, length_b), length, out=np.zeros_like(length), where=length > 1e-9)
    part_a, part_b = part_a * scale, part_b * scale
    variance = part_a**2 * _moment(a, a, window) + part_b**2 * _moment(b, b, window)
    variance += 2 * part_a * part_b * _moment(a, b, window)
    covariance = part_a * _moment(a, fused, window) + part_b * _moment(b, fused, window)
    return float(((2 * covariance + C) / (variance + _moment(fused, fused, window) + C)).mean())


def mef_ssim(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, scales: int = 3) -> float:
    """MEF-SSIM: how close ``fused`` is, patch by patch, to the strongest structure of the sources.

    0 to 1. Three scales; ``scales=1`` is the first alone. Made for exposures, reported for other tasks too.
    Pictures: float32 (H, W) in [0, 1], at least 44 x 44 (11 x 11 for one scale).
    Source: Ma, Zeng, Wang, 2015, Perceptual quality assessment for multi-exposure image fusion.

    >>> x = np.float32(np.random.default_rng(0).random((64, 64)))
    >>> round(mef_ssim(x, x, x), 3)
    1.0
    """
    x, y, z = gray_levels(a), gray_levels(b), gray_levels(fused)
    values = [_quality(x, y, z)]
    for _ in range(scales - 1):
        x, y, z = halved(x), halved(y), halved(z)
        values.append(_quality(x, y, z))
    if scales == 1:
        return values[0]
    return float(np.prod(np.maximum(values, 0) ** WEIGHTS[:scales]))
