import cv2
import numpy as np

from aefusion.transforms.guided_filter import guided_filter


def wls(
    a: np.ndarray,
    b: np.ndarray,
    *,
    sigma_space: float = 2.0,
    sigma_range: float = 0.05,
    levels: int = 4,
    rolls: int = 4,
    smoothness: float = 0.01,
) -> np.ndarray:
    """Visual saliency for the base layers, weighted least squares for the details (VSMWLS).

    ``a`` (visible), ``b`` (infrared): float32 (H, W) in [0, 1]; the details of ``b`` are kept where those of
    ``a`` are weak. A rolling guidance filter of growing ``sigma_space`` splits the sources into ``levels``
    layers and a base. Returns float32 (H, W) in [0, 1].

    Ma, Zhou, Wang and Zong, 2017, "Infrared and visible image fusion based on visual saliency map and
    weighted least square optimization", Infrared Physics & Technology 82.
    """
    details_a, base_a = _decompose(a, sigma_space, sigma_range, levels, rolls)
    details_b, base_b = _decompose(b, sigma_space, sigma_range, levels, rolls)
    favour_a = (visual_saliency(a) - visual_saliency(b)) / 2
    fused = (0.5 + favour_a) * base_a + (0.5 - favour_a) * base_b
    for level, (detail_a, detail_b) in enumerate(zip(details_a, details_b, strict=True)):
        choice = (np.abs(detail_b) < np.abs(detail_a)).astype(np.float32)
        if level > 0:
            choice = _blur(choice, 2.0, cv2.BORDER_REFLECT)
        stronger = choice * detail_a + (1 - choice) * detail_b
        if level > 0:
            # The least squares of the paper, 2 (x - stronger)^2 + 2 pull (x - detail_b)^2, solved pixel by
            # pixel.
            strength = np.abs(cv2.blur(detail_a, (7, 7), borderType=cv2.BORDER_REPLICATE))
            pull = np.float32(smoothness) / (strength + np.float32(1e-6))
            stronger = (stronger + pull * detail_b) / (1 + pull)
        fused += stronger
    return np.clip(fused, 0, 1).astype(np.float32)


def visual_saliency(picture: np.ndarray) -> np.ndarray:
    """How far each gray level lies from all others of the picture, stretched to [0, 1]: float32 (H, W)."""
    gray_levels = np.asarray(picture, np.float32) * 255
    counts = np.bincount(np.rint(gray_levels).astype(np.intp).ravel(), minlength=256)
    grays = np.arange(256)
    distances = np.abs(grays[:, None] - grays) @ counts.astype(np.float64)
    saliency = np.interp(gray_levels, grays, distances)
    low, high = saliency.min(), saliency.max()
    return ((saliency - low) / (high - low if high > low else 1)).astype(np.float32)


def _decompose(
    picture: np.ndarray, sigma_space: float, sigma_range: float, levels: int, rolls: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """``picture`` as layers of detail, finest first, and the base that is left; they sum to ``picture``."""
    details, current = [], picture
    for level in range(levels - 1):
        smooth = _rolling_guidance(current, sigma_space * 2**level, sigma_range, rolls)
        details.append(current - smooth)
        current = smooth
    base = _blur(current, sigma_space, cv2.BORDER_REPLICATE)
    return [*details, current - base], base


def _rolling_guidance(picture: np.ndarray, sigma_space: float, sigma_range: float, rolls: int) -> np.ndarray:
    """Blurs small structures away, then brings the edges of the large ones back (Zhang et al., 2014)."""
    smooth = _blur(picture, sigma_space, cv2.BORDER_REPLICATE)
    for _ in range(rolls):
        smooth = guided_filter(smooth, picture, round(sigma_space), sigma_range**2)
    return smooth


def _blur(picture: np.ndarray, sigma: float, border: int) -> np.ndarray:
    size = 2 * round(3 * sigma) + 1
    return cv2.GaussianBlur(picture, (size, size), sigma, borderType=border)
