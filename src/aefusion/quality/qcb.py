import cv2
import numpy as np

from aefusion.quality.arrays import ratio, stretched


def _seen(picture: np.ndarray) -> np.ndarray:
    """The picture after the eye's contrast sensitivity, a difference of Gaussians over the frequency."""
    height, width = picture.shape
    down = np.fft.fftfreq(height)[:, None] * 2 * height / 30
    across = np.fft.rfftfreq(width) * 2 * width / 30
    square = down**2 + across**2
    sensitivity = np.exp(-square / 15.3870**2) - 0.7622 * np.exp(-square / 1.3456**2)
    return np.fft.irfft2(np.fft.rfft2(picture) * sensitivity, picture.shape)


def _blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    window = np.exp(-(np.arange(-15, 16) ** 2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)
    return cv2.sepFilter2D(picture, -1, window, window, borderType=cv2.BORDER_CONSTANT)


def _contrast(picture: np.ndarray) -> np.ndarray:
    """Masked local contrast: what a surround of sigma 2 differs from one of sigma 4."""
    seen = _seen(stretched(picture))
    contrast = np.abs(ratio(_blurred(seen, 2), _blurred(seen, 4), 1) - 1)
    return contrast**3 / (contrast**2 + 0.0001)


def qcb(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Qcb: how well the local contrast that the eye sees in the sources is preserved; 0 to 1.

    Each picture is stretched to 0..255 first; the mean over all pixels.
    Pictures: float32 (H, W) in [0, 1].
    Source: Chen and Blum, 2009, A new automated quality assessment algorithm for image fusion.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qcb(x, x, x), 6)
    1.0
    """
    of_a, of_b, of_fused = _contrast(a), _contrast(b), _contrast(fused)
    kept_a, kept_b = (ratio(np.minimum(source, of_fused), np.maximum(source, of_fused), 1) for source in (of_a, of_b))
    part = ratio(of_a**2, of_a**2 + of_b**2, 0.5)
    return float((part * kept_a + (1 - part) * kept_b).mean())
