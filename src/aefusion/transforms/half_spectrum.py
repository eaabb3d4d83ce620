"""The Fourier transform of real pictures, whose half spectrum says all, and back; in threads where that is worth it."""

import numpy as np
from scipy import fft

LARGE = 1_000_000  # values above which threads are worth their start


def half_spectrum(pictures: np.ndarray) -> np.ndarray:
    """float32 (..., H, W) to its half spectrum, complex64 (..., H, W // 2 + 1)."""
    return np.asarray(fft.rfft2(pictures, workers=-1 if pictures.size > LARGE else 1))


def from_half_spectrum(spectrum: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The pictures of a half spectrum, float32 (..., H, W)."""
    return np.asarray(fft.irfft2(spectrum, s=shape, workers=-1 if spectrum.size > LARGE else 1))
