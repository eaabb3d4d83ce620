import numpy as np

from aefusion.transforms.gray_levels import to_gray_levels, to_picture
from aefusion.transforms.principal_component_weights import principal_component_weights


def fpde(a: np.ndarray, b: np.ndarray, *, iterations: int = 20, step: float = 0.9, contrast: float = 4.0) -> np.ndarray:
    """Fusion by fourth-order diffusion: base layers averaged, details weighted by their principal component.

    ``a``, ``b``: float32 (H, W) in [0, 1]; their order does not matter. ``contrast`` is the curvature in gray
    levels above which the diffusion slows down. Returns float32 (H, W) in [0, 1].

    Bavirisetti, Xiao and Liu, 2017, "Multi-sensor image fusion based on fourth order partial differential
    equations", 20th International Conference on Information Fusion; the equation is You and Kaveh's (2000).
    """
    gray_a, gray_b = to_gray_levels(a), to_gray_levels(b)
    base_a = np.clip(fourth_order_diffusion(gray_a, iterations, step, contrast), 0, 255)
    base_b = np.clip(fourth_order_diffusion(gray_b, iterations, step, contrast), 0, 255)
    detail_a, detail_b = gray_a - base_a, gray_b - base_b
    share_a, share_b = principal_component_weights(detail_a, detail_b)
    return to_picture((base_a + base_b) / 2 + share_a * detail_a + share_b * detail_b)


def fourth_order_diffusion(gray_levels: np.ndarray, iterations: int, step: float, contrast: float) -> np.ndarray:
    """You and Kaveh's diffusion: a picture becomes piecewise planar, not piecewise flat; float32 (H, W)."""
    for _ in range(iterations):
        across, down = _second_difference(gray_levels, 1), _second_difference(gray_levels, 0)
        conduction = 1 / (1 + (across**2 + down**2) / np.float32(contrast**2))
        curvature = _second_difference(conduction * across, 1) + _second_difference(conduction * down, 0)
        gray_levels = gray_levels - np.float32(step) * curvature
    return gray_levels


def _second_difference(gray_levels: np.ndarray, axis: int) -> np.ndarray:
    """The gradient (central inside, one-sided at the ends) of the gradient along ``axis``."""
    if gray_levels.shape[axis] < 2:
        return np.zeros_like(gray_levels)
    return np.gradient(np.gradient(gray_levels, axis=axis), axis=axis)
