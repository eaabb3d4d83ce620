import numpy as np

from aefusion.transforms.guided_filter import guided_filter
from aefusion.transforms.hybrid_layers import decompose, fuse_layers
from aefusion.transforms.perceptual_saliency import relative_saliency


def hmsd_gf(
    a: np.ndarray,
    b: np.ndarray,
    *,
    levels: int = 4,
    radius: int = 2,
    epsilon: float = 0.1,
    gain: float = 275 / 255,
) -> np.ndarray:
    """Hybrid multi-scale fusion with guided filters: the infrared picture's edges laid over the visible one.

    ``a`` (visible), ``b`` (infrared): float32 (H, W) in [0, 1]. From level to level ``radius`` doubles and
    ``epsilon`` halves. The authors brighten the result by ``gain``; 1 leaves it as it is. Returns float32 (H,
    W) in [0, 1].

    Zhou, Dong, Xie and Gao, 2016, "Fusion of infrared and visible images for night-vision context
    enhancement", Applied Optics 55(23).
    """
    saliency = relative_saliency(255 * b, 255 * a)
    contrast = min(max(2500 * saliency - 1900, 100), 2000)

    def blur(picture: np.ndarray, level: int) -> np.ndarray:
        # So great an epsilon leaves of the guided filter two box filters, one after the other.
        return guided_filter(picture, picture, radius * 2**level, 100.0**2)

    def smooth(picture: np.ndarray, level: int) -> np.ndarray:
        return guided_filter(picture, picture, radius * 2**level, (epsilon / 2**level) ** 2)

    visible, infrared = decompose(a, levels, blur, smooth), decompose(b, levels, blur, smooth)
    fused = fuse_layers(visible, infrared, contrast, base_sigma=64, edge_sigma=1)
    return np.clip(gain * fused, 0, 1).astype(np.float32)
