import cv2
import numpy as np

from aefusion.quality.arrays import sobel, stretched


def _block_sums(picture: np.ndarray) -> np.ndarray:
    """Sums over blocks of 16 x 16; a block at the border is filled up with zeros."""
    height, width = picture.shape
    padded = np.pad(picture, ((0, -height % 16), (0, -width % 16)))
    return padded.reshape(padded.shape[0] // 16, 16, -1, 16).sum(axis=(1, 3))


def _seen(difference: np.ndarray) -> np.ndarray:
    """The difference after the contrast sensitivity of the eye (Mannos and Sakrison)."""
    height, width = difference.shape
    down, across = np.fft.fftfreq(height)[:, None] * 2 * height / 8, np.fft.rfftfreq(width) * 2 * width / 8
    radius = 0.144 * np.sqrt(down**2 + across**2)
    sensitivity = 2.6 * (0.0192 + radius) * np.exp(-(radius**1.1))
    return np.fft.irfft2(np.fft.rfft2(difference) * sensitivity, difference.shape)


def qcv(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Qcv: the difference from the sources that the eye sees, weighted by their edges; 0 is best.

    Each picture is stretched to 0..255 first; 0 to some thousands. Where neither source has an edge, both
    count alike. Pictures: float32 (H, W) in [0, 1].
    Source: Chen and Varshney, 2007, A human perception inspired quality metric for image fusion based on
    regional information.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> qcv(x, x, x)
    0.0
    """
    x, y, z = stretched(a), stretched(b), stretched(fused)
    weight_a, weight_b = (_block_sums(cv2.magnitude(*sobel(source, cv2.BORDER_CONSTANT)) ** 5) for source in (x, y))
    if not (weight_a.any() or weight_b.any()):
        weight_a = weight_b = np.ones_like(weight_a)
    seen_a, seen_b = (_block_sums(_seen(source - z) ** 2) / 256 for source in (x, y))
    return float((weight_a * seen_a + weight_b * seen_b).sum() / (weight_a + weight_b).sum())
