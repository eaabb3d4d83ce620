import cv2
import numpy as np

from aefusion.transforms.gray_levels import to_gray_levels, to_picture


def tif(a: np.ndarray, b: np.ndarray, *, mean_size: int = 35, median_size: int = 3) -> np.ndarray:
    """Two-scale fusion: a mean filter splits base and detail, and the detail's weight is its visual saliency.

    ``a``, ``b``: float32 (H, W) in [0, 1]; their order does not matter. Saliency is the squared difference
    between the mean and the median around a pixel; ``median_size`` is 3 or 5. Returns float32 (H, W) in [0,
    1].

    Bavirisetti and Dhuli, 2016, "Two-scale image fusion of visible and infrared images using saliency
    detection", Infrared Physics & Technology 76.
    """
    gray_a, gray_b = to_gray_levels(a), to_gray_levels(b)
    base_a, base_b = _periodic_mean(gray_a, mean_size), _periodic_mean(gray_b, mean_size)
    saliency_a = (base_a - _median(gray_a, median_size)) ** 2
    saliency_b = (base_b - _median(gray_b, median_size)) ** 2
    total = saliency_a + saliency_b
    # Where neither stands out (the reference code divides 0 by 0 there) both count alike.
    weight_a = np.divide(saliency_a, total, out=np.full_like(total, 0.5), where=total > 0)
    detail = weight_a * (gray_a - base_a) + (1 - weight_a) * (gray_b - base_b)
    return to_picture(detail + (base_a + base_b) / 2)


def _periodic_mean(gray_levels: np.ndarray, size: int) -> np.ndarray:
    """The mean over a window of ``size``; beyond its border the picture begins anew on the other side."""
    reach = size // 2
    padded = np.pad(gray_levels, reach, mode="wrap")
    height, width = gray_levels.shape
    return cv2.blur(padded, (size, size))[reach : reach + height, reach : reach + width]


def _median(gray_levels: np.ndarray, size: int) -> np.ndarray:
    """The median over a window of ``size``, black beyond the border."""
    reach = size // 2
    padded = np.pad(gray_levels, reach)
    height, width = gray_levels.shape
    return cv2.medianBlur(padded, size)[reach : reach + height, reach : reach + width]
