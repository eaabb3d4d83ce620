from typing import NamedTuple

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


def similarity(x: Local, y: Local) -> tuple[np.ndarray, np.ndarray]:
    """The two factors of SSIM at each pixel: luminance, and contrast with structure."""
    product, squares = x.mean * y.mean, x.mean**2 + y.mean**2
    variances = x.square + y.square - squares
    covariance = filter_valid(x.picture * y.picture, gaussian(11, 1.5)) - product
    return (2 * product + C1) / (squares + C1), (2 * covariance + C2) / (variances + C2)


def mean_similarity(x: Local, y: Local) -> float:
    """The mean SSIM of two pictures."""
    luminance, structure = similarity(x, y)
    return float((luminance * structure).mean())


def ssim(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean", model: str = "wang") -> float:
    """SSIM: structural similarity of ``fused`` to each source, the mean over both; -1 to 1 (all equal).

    ``over="sum"`` adds both instead (VIFB; at most 2); ``"a"`` or ``"b"`` is one of them.
    ``model="mef"``: what Linfeng Tang's toolbox calls SSIM is the first scale of MEF-SSIM, another model.
    Pictures: float32 (H, W) in [0, 1], at least 11 x 11.
    Source: Wang, Bovik, Sheikh, Simoncelli, 2004, Image quality assessment: from error visibility to
    structural similarity.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(ssim(x, x, x), 6)
    1.0
    """
    if model == "mef":
        return mef_ssim(a, b, fused, scales=1)
    result = local(gray_levels(fused))
    of_a, of_b = (mean_similarity(local(gray_levels(source)), result) for source in (a, b))
    return combine(of_a, of_b, over)
