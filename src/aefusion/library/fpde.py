import numpy as np

from aefusion.transforms.gray_levels import to_levels, to_picture
from aefusion.transforms.principal_component import principal_component_weights


def fpde(a: np.ndarray, b: np.ndarray, *, iterations: int = 20, step: float = 0.9, contrast: float = 4.0) -> np.ndarray:
    """Fusion by fourth-order diffusion: base layers averaged, details weighted by their principal component.

    ``a``, ``b``: float32 (H, W) in [0, 1]; their order does not matter. ``contrast`` is the curvature in gray
    levels above which the diffusion slows down. Returns float32 (H, W) in [0, 1].

    Bavirisetti, Xiao and Liu, 2017, "Multi-sensor image fusion based on fourth order partial differential
    equations", 20th International Conference on Information Fusion; the equation is You and Kaveh's (2000).
    """
    levels_a, levels_b = to_levels(a), to_levels(b)
    base_a = np.clip(fourth_order_diffusion(levels_a, iterations, step, contrast), 0, 255)
    base_b = np.clip(fourth_order_diffusion(levels_b, iterations, step, contrast), 0, 255)
    detail_a, detail_b = levels_a - base_a, levels_b - base_b
    share_a, share_b = principal_component_weights(detail_a, detail_b)
    return to_picture((base_a + base_b) / 2 + share_a * detail_a + share_b * detail_b)


def fourth_order_diffusion(levels: np.ndarray, iterations: int, step: float, contrast: float) -> np.ndarray:
    """You and Kaveh's diffusion: a picture becomes piecewise planar, not piecewise flat; float32 (H, W)."""
    for _ in range(iterations):
        across, down = _second_difference(levels, 1), _second_difference(levels, 0)
        conduction = 1 / (1 + (across**2 + down**2) / np.float32(contrast**2))
        curvature = _second_difference(conduction * across, 1) + _second_difference(conduction * down, 0)
        levels = levels - np.float32(step) * curvature
    return levels


def _second_difference(levels: np.ndarray, axis: int) -> np.ndarray:
    """The gradient (central inside, one-sided at the ends) of the gradient along ``axis``."""
    if levels.shape[axis] < 2:
        return np.zeros_like(levels)
    return np.gradient(np.gradient(levels, axis=axis), axis=axis)
