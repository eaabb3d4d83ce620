import numpy as np

from aefusion.quality.arrays import combine, filter_valid, gaussian, levels

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def similarity(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two factors of SSIM at each pixel, luminance and contrast with structure, of pictures on 0..255.

    Gaussian window of 11 x 11, sigma 1.5; the valid part, (H - 10, W - 10).
    """
    window = gaussian(11, 1.5)
    mean_x, mean_y = filter_valid(x, window), filter_valid(y, window)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    # Both variances appear only as their sum: one filtering for two.
    variances = filter_valid(x * x + y * y, window) - squares
    covariance = filter_valid(x * y, window) - product
    return (2 * product + C1) / (squares + C1), (2 * covariance + C2) / (variances + C2)


def ssim(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean") -> float:
    """SSIM: structural similarity of ``fused`` to each source, the mean over both; -1 to 1 (all equal).

    ``over="sum"`` adds both instead (VIFB; at most 2); ``"a"`` or ``"b"`` is one of them.
    Pictures: float32 (H, W) in [0, 1], at least 11 x 11.
    Source: Wang, Bovik, Sheikh, Simoncelli, 2004, Image quality assessment: from error visibility to
    structural similarity.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(ssim(x, x, x), 6)
    1.0
    """
    result = levels(fused)
    of_a, of_b = (float(np.multiply(*similarity(levels(source), result)).mean()) for source in (a, b))
    return combine(of_a, of_b, over)
