import numpy as np

from aefusion.transforms.bilateral_filter import bilateral_filter
from aefusion.transforms.hybrid_layers import decompose, fuse_layers, gaussian


def hybrid_msd(
    a: np.ndarray,
    b: np.ndarray,
    *,
    levels: int = 4,
    sigma_space: float = 2.0,
    sigma_range: float = 0.05,
    contrast: float = 30.0,
) -> np.ndarray:
    """Hybrid multi-scale fusion, Gaussian and bilateral: infrared edges laid over the visible picture.

    ``a`` (visible), ``b`` (infrared): float32 (H, W) in [0, 1]. From level to level ``sigma_space`` doubles
    and ``sigma_range`` halves; the greater ``contrast``, the more of the infrared picture. Returns float32
    (H, W) in [0, 1].

    Zhou, Wang, Li and Dong, 2016, "Perceptual fusion of infrared and visible images through a hybrid
    multi-scale decomposition with Gaussian and bilateral filters", Information Fusion 30.
    """

    def blur(picture: np.ndarray, level: int) -> np.ndarray:
        return gaussian(picture, sigma_space * 2**level)

    def smooth(picture: np.ndarray, level: int) -> np.ndarray:
        return bilateral_filter(picture, sigma_space * 2**level, sigma_range / 2**level)

    visible, infrared = decompose(a, levels, blur, smooth), decompose(b, levels, blur, smooth)
    fused = fuse_layers(visible, infrared, contrast, base_sigma=sigma_space * 2 ** (levels + 1), edge_sigma=0)
    return np.clip(fused, 0, 1).astype(np.float32)
