import cv2
import numpy as np

from aefusion.transforms.guided_filter import guided_filter


def gff(
    a: np.ndarray,
    b: np.ndarray,
    *,
    base_radius: int = 45,
    base_epsilon: float = 0.3,
    detail_radius: int = 7,
    detail_epsilon: float = 1e-6,
    base_size: int = 31,
    saliency_size: int = 11,
    saliency_sigma: float = 5.0,
) -> np.ndarray:
    """Guided filter fusion: the choice of the more salient source is made to follow the edges of both.

    ``a``, ``b``: float32 (H, W) in [0, 1]; where both are equally salient, ``a`` counts. Base layers (means
    over ``base_size``) and details have their own weights. Returns float32 (H, W) in [0, 1].

    Li, Kang and Hu, 2013, "Image fusion with guided filtering", IEEE Transactions on Image Processing 22(7).
    """
    saliency_a = _saliency(a, saliency_size, saliency_sigma)
    saliency_b = _saliency(b, saliency_size, saliency_sigma)
    # Rounding shall not decide between two flat parts.
    choice_a = (saliency_a >= saliency_b - np.float32(1e-6)).astype(np.float32)
    choice_b = 1 - choice_a
    base_a, base_b = (cv2.blur(x, (base_size, base_size), borderType=cv2.BORDER_REPLICATE) for x in (a, b))

    fused = np.zeros_like(a)
    for radius, epsilon, layer_a, layer_b in (
        (base_radius, base_epsilon, base_a, base_b),
        (detail_radius, detail_epsilon, a - base_a, b - base_b),
    ):
        weight_a = np.clip(guided_filter(a, choice_a, radius, epsilon), 0, 1) + 1e-12
        weight_b = np.clip(guided_filter(b, choice_b, radius, epsilon), 0, 1) + 1e-12
        fused += (weight_a * layer_a + weight_b * layer_b) / (weight_a + weight_b)
    return np.clip(fused, 0, 1)


def _saliency(picture: np.ndarray, size: int, sigma: float) -> np.ndarray:
    """The strength of the Laplacian, averaged around each pixel."""
    strength = np.abs(cv2.Laplacian(picture, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REPLICATE))
    return cv2.GaussianBlur(strength, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
