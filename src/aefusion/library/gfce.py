import math

import cv2
import numpy as np

from aefusion.library.hmsd_gf import hmsd_gf
from aefusion.transforms.guided_filter import guided_filter, guided_filter_coefficients


def gfce(
    a: np.ndarray,
    b: np.ndarray,
    *,
    levels: int = 4,
    radius: int = 2,
    epsilon: float = 0.1,
    gain: float = 275 / 255,
) -> np.ndarray:
    """Guided filter context enhancement: the visible picture is brightened before the fusion.

    ``a`` (visible), ``b`` (infrared): float32 (H, W) in [0, 1]. The contrast of ``a`` is compressed, ``b`` is
    stretched to the whole range, then both are fused as in HMSD_GF, whose parameters these are. Since it
    enhances, equal sources do not come out as they went in. Returns float32 (H, W) in [0, 1].

    Zhou, Dong, Xie and Gao, 2016, "Fusion of infrared and visible images for night-vision context
    enhancement", Applied Optics 55(23).
    """
    return hmsd_gf(enhance(a), _stretch(b), levels=levels, radius=radius, epsilon=epsilon, gain=gain)


def enhance(picture: np.ndarray, contrast: float = 4.0, reach: float = 0.04, epsilon: float = 0.1) -> np.ndarray:
    """``picture``, float32 (H, W) in [0, 1], with the range of its base layer compressed to 1 : ``contrast``.

    Dark parts become visible, details keep their contrast; a constant picture stays. ``reach`` is the radius
    of the guided filter over the longer side.
    """
    stretched = _stretch(picture)
    radius = int(reach * max(picture.shape))
    base = _coarse_guided_filter(stretched, radius, epsilon**2)
    # In the logarithm of gray levels + 1; a base may overshoot slightly below 0.
    logarithm, log_base = np.log1p(255 * stretched), np.log(np.maximum(255 * base + 1, 1e-3))
    low, high = log_base.min(), log_base.max()
    if high <= low:
        return picture
    compression = math.log(contrast) / (high - low)
    detail = logarithm - log_base
    enhanced = np.exp(compression * log_base + (1 - compression) * high + detail) / 255
    return np.minimum(enhanced, 1).astype(np.float32)


def _stretch(picture: np.ndarray) -> np.ndarray:
    """``picture`` with its darkest pixel at 0 and its brightest at 1; a constant one stays."""
    low, high = picture.min(), picture.max()
    return (picture - low) / (high - low) if high > low else picture


def _coarse_guided_filter(picture: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The fast guided filter (He and Sun, 2015): its coefficients are those of a smaller picture."""
    if radius <= 4:
        return guided_filter(picture, picture, radius, epsilon)
    step = radius / 4
    rows, columns = (
        np.minimum(((np.arange(math.ceil(length / step)) + 0.5) * step).astype(int), length - 1)
        for length in picture.shape
    )
    small = picture[np.ix_(rows, columns)]
    slope, offset = guided_filter_coefficients(small, small, 4, epsilon)
    size = picture.shape[::-1]
    return cv2.resize(slope, size) * picture + cv2.resize(offset, size)
