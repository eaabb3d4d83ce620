"""How much a picture of a stack counts at each pixel, as a natural logarithm."""

import numpy as np

from aefusion.image.colour import luminance

FOCUS_POWER = 16.0
"""Between a mean (0) and a hard choice (infinity). With 16 a picture that has half the energy of the sharpest counts
65,000 times less, while those about as sharp, in flat areas and side by side in a fine series, are averaged, which
takes noise away."""
FOCUS_BANDS = 3
SURROUNDINGS, WIDTH = 0.1, 2.0
"""How much the energy around a pixel counts beside its own, and how far around, in pixels of a quarter of the size. The
blurred disc of a bright point has an edge, but the point itself, where it is sharp, outweighs it then: the ground
around it comes from there. Larger shares take the ground beside other things from where those are sharp."""
FLAT = 1e-8
"""Energy below this, an amplitude of 1/10,000 of white, is no detail."""
WELL_EXPOSED = 0.2
"""The standard deviation of the bell over brightness that says how well a pixel is exposed."""

GRAY = np.float32(0.01)
"""Added to the saturation: in gray parts of a colour picture it is 0, and rounding would decide instead of contrast."""


def focus_weight(pixels: np.ndarray) -> np.ndarray:
    """The logarithm of a power of the energy, here and a little of that around, of the three finest Laplacian bands.

    ``pixels``: float32 (H, W) or (H, W, 3) in [0, 1]; the luminance counts. Returns float32 (H, W). A choice by the
    energy of Laplacian bands: P. Burt, R. Kolczynski, 1993, Enhanced image capture through fusion.
    """
    import cv2

    bands, low = [], luminance(pixels)
    for _ in range(FOCUS_BANDS):
        picture, low = low, cv2.pyrDown(low)
        band = picture - cv2.pyrUp(low, dstsize=picture.shape[1::-1])
        bands.append(cv2.GaussianBlur(band * band, (0, 0), 1))
    energy = bands.pop()
    for band in reversed(bands):
        energy = band + cv2.pyrUp(energy, dstsize=band.shape[1::-1])
    sizes, around = [], energy
    for _ in range(2):
        sizes.append(around.shape[1::-1])
        around = cv2.pyrDown(around)
    around = cv2.GaussianBlur(around, (0, 0), WIDTH)
    for size in reversed(sizes):
        around = cv2.pyrUp(around, dstsize=size)
    energy = cv2.scaleAdd(around, SURROUNDINGS, energy)
    return FOCUS_POWER * cv2.log(energy + FLAT)


def exposure_weight(pixels: np.ndarray, contrast: float = 1.0) -> np.ndarray:
    """The logarithm of contrast times well-exposedness times, for colour, saturation.

    ``pixels``: float32 (H, W) or (H, W, 3) in [0, 1]. ``contrast``: the power to which the contrast is taken; with 0 it
    does not count. Returns float32 (H, W). T. Mertens, J. Kautz, F. Van Reeth, 2009,
    Exposure fusion: a simple and practical alternative to high dynamic range photography; the constants are theirs,
    but for `GRAY`.
    """
    import cv2

    channels = cv2.split(pixels)
    off = _sum_of_squares([channel - 0.5 for channel in channels])
    detail = np.abs(cv2.Laplacian(luminance(pixels), cv2.CV_32F))
    weight = (detail if contrast == 1 else cv2.pow(detail, contrast)) * cv2.exp(off / (-2 * WELL_EXPOSED**2))
    if pixels.ndim == 3:
        mean = (channels[0] + channels[1] + channels[2]) / 3
        weight *= cv2.sqrt(_sum_of_squares([channel - mean for channel in channels])) + GRAY
    return cv2.log(weight + 1e-12)


def _sum_of_squares(arrays: list[np.ndarray]) -> np.ndarray:
    result = arrays[0] * arrays[0]
    for array in arrays[1:]:
        result += array * array
    return result
