import numpy as np

from aefusion.transforms.gray_levels import to_gray_levels, to_picture
from aefusion.transforms.guided_filter import guided_filter


def mgff(a: np.ndarray, b: np.ndarray, *, radius: int = 9, epsilon: float = 1e3, levels: int = 4) -> np.ndarray:
    """Multi-scale guided filtering: each source is smoothed under the guidance of the other, level by level.

    ``a``, ``b``: float32 (H, W) in [0, 1]; their order does not matter. ``epsilon`` is in squared gray
    levels. The details of each level are weighted by their own strength, the base layers averaged. Returns
    float32 (H, W) in [0, 1].

    Bavirisetti, Xiao, Zhao, Dhuli and Liu, 2019, "Multi-scale guided image and video fusion: a fast and
    efficient approach", Circuits, Systems, and Signal Processing 38.
    """
    base_a, base_b = to_gray_levels(a), to_gray_levels(b)
    fused = np.zeros_like(base_a)
    for _ in range(levels):
        # In the reference code the picture to be smoothed is the guide, and the other one is what is
        # filtered.
        next_a = guided_filter(base_a, base_b, radius, epsilon)
        next_b = guided_filter(base_b, base_a, radius, epsilon)
        fused += _by_strength(base_a - next_a, base_b - next_b)
        base_a, base_b = next_a, next_b
    return to_picture(fused + (base_a + base_b) / 2)


def _by_strength(detail_a: np.ndarray, detail_b: np.ndarray) -> np.ndarray:
    strength_a, strength_b = np.abs(detail_a), np.abs(detail_b)
    total = strength_a + strength_b
    total[total == 0] = 1
    return (detail_a * strength_a + detail_b * strength_b) / total
