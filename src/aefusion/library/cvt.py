import numpy as np
from numpy import fft

from aefusion.transforms.curvelet import Wedge, curvelet_frame
from aefusion.transforms.selection_rules import stronger_consistent

SMALLEST_COARSE_SIDE = 6


def cvt(a: np.ndarray, b: np.ndarray, *, scales: int = 5) -> np.ndarray:
    """Fusion in the curvelet transform: in each scale and direction the stronger source, below them the mean.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``scales``: number of scales, the low-pass one included. Returns
    float32 (H, W) in [0, 1]. The first picture of a size takes longer: the transform's windows are worked
    out and kept.

    F. Nencini, A. Garzelli, S. Baronti, L. Alparone, 2007, Remote sensing image fusion using the curvelet
    transform; real curvelets at all scales and the 3x3 consistency check as compared in Y. Liu, S. Liu, Z.
    Wang, 2015. Pictures smaller than the scales need are mirrored at their lower and right border.

    >>> picture = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> bool(np.allclose(cvt(picture, picture), picture, atol=1e-5))
    True
    """
    if scales < 2:
        raise ValueError(f"scales is {scales}: give 2 or more")
    smallest = SMALLEST_COARSE_SIDE * 2 ** (scales - 1)
    margins = [(0, max(0, smallest - side)) for side in a.shape]
    height, width = a.shape
    a, b = (np.pad(picture, margins, mode="symmetric") for picture in (a, b))
    low_window, wedges = curvelet_frame(*a.shape, scales)

    def spectrum(picture: np.ndarray) -> np.ndarray:
        values = fft.fft2(fft.ifftshift(picture), norm="ortho")
        return np.append(values, np.complex64(0))

    def coefficients(spectrum: np.ndarray, wedge: Wedge) -> np.ndarray:
        return fft.fftshift(fft.ifft2(spectrum[wedge.places] * wedge.window, norm="ortho"))

    spectrum_a, spectrum_b = spectrum(a), spectrum(b)
    details = np.zeros_like(spectrum_a)
    for wedge in wedges:
        x, y = coefficients(spectrum_a, wedge), coefficients(spectrum_b, wedge)
        cosine, sine = (
            stronger_consistent(np.real(x), np.real(y)),
            stronger_consistent(np.imag(x), np.imag(y)),
        )
        fused = fft.fft2(fft.ifftshift(cosine + 1j * sine), norm="ortho")
        details[wedge.places] += fused * wedge.window
    mean = (spectrum_a + spectrum_b)[:-1].reshape(a.shape) / 2 * low_window**2
    fused = fft.ifft2(mean + 2 * details[:-1].reshape(a.shape), norm="ortho").real
    return np.clip(fft.fftshift(fused)[:height, :width], 0, 1).astype(np.float32)
