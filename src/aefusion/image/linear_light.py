"""Pictures in linear light: their colour profile, and the way to and from sRGB. Source: IEC 61966-2-1, 1999."""

from functools import cache

import numpy as np

from aefusion.image.icc import usable_icc


@cache
def linear_profile() -> bytes:
    """A colour profile with the primaries of sRGB whose values are proportional to light."""
    import imagecodecs

    primaries = [0.64, 0.33, 1.0, 0.3, 0.6, 1.0, 0.15, 0.06, 1.0]
    profile = imagecodecs.cms_profile("rgb", whitepoint=[0.3127, 0.329, 1.0], primaries=primaries, gamma=1.0)
    return profile[:24] + bytes(12) + profile[36:]  # without the time at which it was made


@cache
def is_linear(icc: bytes) -> bool:
    """Whether the values of a profile are proportional to light."""
    import imagecodecs

    if not usable_icc(icc, 3):
        return False
    half = np.full((1, 1, 3), 0.5, np.float32)
    try:
        srgb = imagecodecs.cms_profile("srgb")
        seen = imagecodecs.cms_transform(half, icc, srgb, colorspace="rgb", outcolorspace="rgb", intent=1)
    except imagecodecs.CmsError:
        return False
    return bool(abs(seen.mean() - to_srgb(half).mean()) < 0.01)


def to_linear(values: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] of sRGB in linear light.

    >>> to_linear(np.float32([0, 0.5, 1])).round(3).tolist() == np.float32([0, 0.214, 1]).tolist()
    True
    """
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(values: np.ndarray) -> np.ndarray:
    """The reverse of `to_linear`."""
    large = 1.055 * np.maximum(values, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(values <= 0.0031308, values * 12.92, large).astype(np.float32)
