import numpy as np

from aefusion.transforms.gray_levels import to_gray_levels, to_picture
from aefusion.transforms.principal_component_weights import principal_component_weights


def adf(
    a: np.ndarray,
    b: np.ndarray,
    *,
    weight_a: float = 0.5,
    weight_b: float = 0.5,
    iterations: int = 10,
    step: float = 0.15,
    kappa: float = 30.0,
) -> np.ndarray:
    """Fusion by anisotropic diffusion: base layers averaged, details weighted by their principal component.

    ``a``, ``b``: float32 (H, W) in [0, 1]; ``weight_a`` and ``weight_b`` are the weights of the base layers,
    ``kappa`` is the contrast in gray levels above which an edge stops the diffusion. Returns float32 (H, W)
    in [0, 1].

    Bavirisetti and Dhuli, 2016, "Fusion of infrared and visible sensor images based on anisotropic diffusion
    and Karhunen-Loeve transform", IEEE Sensors Journal 16(1).
    """
    gray_a, gray_b = to_gray_levels(a), to_gray_levels(b)
    base_a = anisotropic_diffusion(gray_a, iterations, step, kappa)
    base_b = anisotropic_diffusion(gray_b, iterations, step, kappa)
    detail_a, detail_b = gray_a - base_a, gray_b - base_b
    share_a, share_b = principal_component_weights(detail_a, detail_b)
    return to_picture(weight_a * base_a + weight_b * base_b + share_a * detail_a + share_b * detail_b)


def anisotropic_diffusion(gray_levels: np.ndarray, iterations: int, step: float, kappa: float) -> np.ndarray:
    """Perona and Malik's diffusion among the eight neighbours, float32 (H, W); nothing crosses the border."""
    smooth = np.array(gray_levels, np.float32)
    change = np.empty_like(smooth)
    # What flows from a pixel to its neighbour is what that neighbour receives: four directions serve all
    # eight.
    directions = [
        (np.s_[:, :-1], np.s_[:, 1:], 1.0),
        (np.s_[:-1], np.s_[1:], 1.0),
        (np.s_[:-1, :-1], np.s_[1:, 1:], 0.5),
        (np.s_[:-1, 1:], np.s_[1:, :-1], 0.5),
    ]
    for _ in range(iterations):
        change[:] = 0
        for here, there, nearness in directions:
            flow = smooth[there] - smooth[here]
            conduction = flow * np.float32(1 / kappa)
            np.multiply(conduction, conduction, out=conduction)
            np.negative(conduction, out=conduction)
            np.exp(conduction, out=conduction)
            flow *= conduction
            if nearness != 1:
                flow *= np.float32(nearness)
            change[here] += flow
            change[there] -= flow
        change *= np.float32(step)
        smooth += change
    return smooth
