import numpy as np

from aefusion.transforms.total_variation_l1 import total_variation_l1


def gtf(a: np.ndarray, b: np.ndarray, *, regularity: float = 4.0, rounds: int = 5, iterations: int = 500) -> np.ndarray:
    """Gradient transfer fusion: the infrared picture's gray levels with the visible picture's gradients.

    ``a`` (visible), ``b`` (infrared): float32 (H, W) in [0, 1]. The fused picture minimises its absolute
    difference to ``b`` plus ``regularity`` times the total variation of its difference to ``a``, by
    ``rounds`` of iteratively reweighted least squares, each of at most ``iterations`` steps. Returns float32
    (H, W) in [0, 1].

    Ma, Chen, Li and Huang, 2016, "Infrared and visible image fusion via gradient transfer and total variation
    minimization", Information Fusion 31; the solver is Rodriguez and Wohlberg's (2009).
    """
    difference = total_variation_l1(b - a, regularity, rounds, iterations)
    return np.clip(a + difference, 0, 1)
