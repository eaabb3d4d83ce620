"""A picture as a smooth part and the rest, by Tikhonov regularisation."""

import numpy as np

from aefusion.transforms.half_spectrum import from_half_spectrum, half_spectrum

LOW_PASS = 5.0


def split_low_high(picture: np.ndarray, strength: float = LOW_PASS, margin: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """The smooth picture that is nearest under ``strength`` times its squared gradient, and the rest.

    ``picture``: float32 (H, W), reflected by ``margin`` pixels on each side. Returns two float32 (H, W).
    """
    padded = np.pad(picture, margin, "symmetric")
    height, width = padded.shape
    rows = 4 * np.sin(np.pi * np.fft.fftfreq(height)) ** 2
    columns = 4 * np.sin(np.pi * np.fft.rfftfreq(width)) ** 2
    smooth = from_half_spectrum(half_spectrum(padded) / (1 + strength * (rows[:, None] + columns)), padded.shape)
    low = smooth[margin : height - margin, margin : width - margin].astype(np.float32)
    return low, picture - low
