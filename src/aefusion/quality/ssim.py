from typing import NamedTuple

import cv2
import numpy as np

from aefusion.quality.arrays import combine, filter_valid, gaussian, gray_levels
from aefusion.quality.mef_ssim import mef_ssim

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class Local(NamedTuple):
    """A picture on 0..255, float64 (H, W), its local mean and the local mean of its square, (H - 10, W - 10)."""

    picture: np.ndarray
    mean: np.ndarray
    square: np.ndarray


def local(picture: np.ndarray) -> Local:
    """What SSIM needs of one picture alone; the window is Gaussian, 11 x 11, sigma 1.5."""
    window = gaussian(11, 1.5)
    return Local(picture, filter_valid(picture, window), filter_valid(picture * picture, window))


def similarity(x: Local, y: Local, white: float = 255) -> tuple[np.ndarray, np.ndarray]:
    """The two factors of SSIM at each pixel: luminance, and contrast with structure; `white` sets the constants."""
    c1, c2 = C1 * (white / 255) ** 2, C2 * (white / 255) ** 2
    product, squares = x.mean * y.mean, x.mean**2 + y.mean**2
    variances = x.square + y.square - squares
    covariance = filter_valid(x.picture * y.picture, gaussian(11, 1.5)) - product
    return (2 * product + c1) / (squares + c1), (2 * covariance + c2) / (variances + c2)


def mean_similarity(x: Local, y: Local, white: float = 255) -> float:
    """The mean SSIM of two pictures."""
    luminance, structure = similarity(x, y, white)
    return float((luminance * structure).mean())


def uniform_similarity(x: np.ndarray, y: np.ndarray) -> float:
    """The mean SSIM of two pictures on 0..255 as scikit-image gave it for float32 before its version 0.19.

    A uniform window of 7 x 7, sample covariances, constants for white at 2, local statistics in float32.
    """

    def local_mean(picture: np.ndarray) -> np.ndarray:
        # Down first, then across, each rounded to float32; sums of 7 are exact in float64.
        taps, one = np.full(7, 1 / 7), np.ones(1)
        for across, down in ((one, taps), (taps, one)):
            picture = cv2.sepFilter2D(picture.astype(np.float64), -1, across, down).astype(np.float32)
        return picture

    x, y = x.astype(np.float32), y.astype(np.float32)
    mean_x, mean_y = local_mean(x), local_mean(y)
    scale = np.float32(49 / 48)
    xx, yy, xy = (scale * (local_mean(p * q) - m * n) for p, q, m, n in (
        (x, x, mean_x, mean_x), (y, y, mean_y, mean_y), (x, y, mean_x, mean_y)
    ))  # fmt: skip
    c1, c2 = np.float32(0.02**2), np.float32(0.06**2)
    result = (2 * mean_x * mean_y + c1) * (2 * xy + c2) / ((mean_x**2 + mean_y**2 + c1) * (xx + yy + c2))
    return float(result[3:-3, 3:-3].mean(dtype=np.float64))


def ssim(
    a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean", model: str = "wang", white: float = 255
) -> float:
    """SSIM: structural similarity of ``fused`` to each source, the mean over both; -1 to 1 (all equal).

    ``over="sum"`` adds both instead (VIFB; at most 2); ``"a"`` or ``"b"`` is one of them.
    ``model="mef"``: what Linfeng Tang's toolbox calls SSIM is the first scale of MEF-SSIM, another model.
    ``model="uniform"``: CDDFuse's, see `uniform_similarity`. ``white=1``: Tang's Python takes pictures on 0..255 for
    pictures on 0..1, so that its constants are next to nothing.
    Pictures: float32 (H, W) in [0, 1], at least 11 x 11.
    Source: Wang, Bovik, Sheikh, Simoncelli, 2004, Image quality assessment: from error visibility to
    structural similarity.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(ssim(x, x, x), 6)
    1.0
    """
    if model == "mef":
        return mef_ssim(a, b, fused, scales=1)
    if model == "uniform":
        of_a, of_b = (uniform_similarity(gray_levels(fused), gray_levels(source)) for source in (a, b))
        return combine(of_a, of_b, over)
    result = local(gray_levels(fused))
    of_a, of_b = (mean_similarity(local(gray_levels(source)), result, white) for source in (a, b))
    return combine(of_a, of_b, over)
