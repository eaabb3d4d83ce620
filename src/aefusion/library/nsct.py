from collections.abc import Callable, Sequence

import numpy as np
from numpy import fft

from aefusion.transforms.contourlet import direction_responses, pyramid_step, pyramid_step_back
from aefusion.transforms.selection_rules import fuse_base, stronger_consistent


def nsct(a: np.ndarray, b: np.ndarray, *, directions: Sequence[int] = (2, 3, 3, 4), base: str = "mean") -> np.ndarray:
    """Fusion in the nonsubsampled contourlet transform: in each scale and direction the stronger source.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``directions``: for each scale, from coarse to fine, the number
    of times that its directions are halved; 0 leaves it whole. ``base``: what becomes of the low-pass band,
    "mean" or "max". Returns float32 (H, W) in [0, 1].

    Q. Zhang, B. Guo, 2009, Multifocus image fusion using the nonsubsampled contourlet transform; with the
    filters and the 3x3 consistency check as compared in Y. Liu, S. Liu, Z. Wang, 2015.

    >>> picture = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> bool(np.allclose(nsct(picture, picture), picture, atol=1e-5))
    True
    """
    return contourlet_fuse(a, b, directions, lambda low_a, low_b: fuse_base(low_a, low_b, base))


def contourlet_fuse(
    a: np.ndarray,
    b: np.ndarray,
    directions: Sequence[int],
    fuse_low: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """The transform with any rule ``fuse_low(low_a, low_b)`` for its low-pass band."""
    if not directions or min(directions) < 0:
        raise ValueError(f"directions is {directions!r}: give one number per scale, 0 or more")
    bands = []
    for level, halvings in enumerate(reversed(directions)):
        a, high_a = pyramid_step(a, level)
        b, high_b = pyramid_step(b, level)
        bands.append(_fuse_directions(high_a, high_b, halvings))
    fused = fuse_low(a, b)
    for level in reversed(range(len(directions))):
        fused = pyramid_step_back(fused, bands[level], level)
    return np.clip(fused, 0, 1).astype(np.float32, copy=False)


def _fuse_directions(a: np.ndarray, b: np.ndarray, halvings: int) -> np.ndarray:
    spectrum_a, spectrum_b = fft.rfft2(a), fft.rfft2(b)
    spectrum = np.zeros_like(spectrum_a)
    for response, back in direction_responses(a.shape, halvings):
        band_a, band_b = (fft.irfft2(x * response, s=a.shape) for x in (spectrum_a, spectrum_b))
        spectrum += fft.rfft2(stronger_consistent(band_a, band_b)) * back
    return fft.irfft2(spectrum, s=a.shape)
