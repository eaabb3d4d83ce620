from collections.abc import Callable

import numpy as np

from aefusion.quality.arrays import combine, gray_levels
from aefusion.quality.mef_ssim import halved, mef_ssim
from aefusion.quality.ssim import local, similarity

Halve = Callable[[np.ndarray], np.ndarray]
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def _similarity(x: np.ndarray, y: np.ndarray, white: float = 255, halve: Halve = halved) -> float:
    total = 1.0
    for scale, weight in enumerate(_WEIGHTS):
        if scale:
            x, y = halve(x), halve(y)
        luminance, structure = similarity(local(x), local(y), white)
        last = scale == len(_WEIGHTS) - 1
        value = float((luminance * structure if last else structure).mean())
        # A negative similarity has no real power; it counts as 0, as in other implementations.
        total *= max(value, 0.0) ** weight
    return total


def halved_with_black(picture: np.ndarray) -> np.ndarray:
    """Half the size: means of 2 x 2; a picture of an odd size has 0 around it first."""
    picture = np.pad(picture, [(n % 2, n % 2) for n in picture.shape])
    height, width = (n // 2 * 2 for n in picture.shape)
    picture = picture[:height, :width]
    return (picture[::2, ::2] + picture[1::2, ::2] + picture[::2, 1::2] + picture[1::2, 1::2]) / 4


def ms_ssim(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean", model: str = "wang") -> float:
    """MS-SSIM: SSIM over five scales, of ``fused`` to each source, the mean over both; 0 to 1.

    ``model="mef"``: what Linfeng Tang's toolbox calls MS-SSIM is MEF-SSIM, another model. ``model="torch"``: that of
    Tang's Python, whose constants are next to nothing, see `ssim`, and which puts a black row and a black column around
    pictures of odd size before it halves them.
    Pictures: float32 (H, W) in [0, 1], at least 161 x 161.
    Source: Wang, Simoncelli, Bovik, 2003, Multi-scale structural similarity for image quality assessment.

    >>> x = np.float32(np.random.default_rng(0).random((176, 176)))
    >>> round(ms_ssim(x, x, x), 6)
    1.0
    """
    if model == "mef":
        return mef_ssim(a, b, fused)
    result = gray_levels(fused)
    if model == "torch":
        of_a, of_b = (_similarity(gray_levels(x), result, 1, halved_with_black) for x in (a, b))
        return combine(of_a, of_b, over)
    return combine(_similarity(gray_levels(a), result), _similarity(gray_levels(b), result), over)
