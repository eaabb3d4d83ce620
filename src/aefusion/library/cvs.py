import cv2
import numpy as np


def cvs(a: np.ndarray, b: np.ndarray, *, fine: float = 1.0, wide: float = 16.0) -> np.ndarray:
    """Combined vision: the enhanced picture, with the synthetic one's structure where visibility is poor.

    ``a``: the enhanced (sensor) picture, ``b``: the synthetic one, rendered from a terrain model; float32
    (H, W) in [0, 1]. Structure is what lies between the scales ``fine`` and ``wide`` (Gaussian sigmas in
    pixels). Where the structure of ``a`` is as strong as that of ``b``, the result is ``a``; the weaker it
    is, the more of it gives way to that of ``b``. The fine detail and the brightness of ``a`` stay. Returns
    float32 (H, W) in [0, 1].

    Ours: the paper names a combined-vision algorithm C(x, y) in Algorithm 1 and does not define it.

    >>> fog, runway = np.full((64, 64), 0.5, np.float32), np.zeros((64, 64), np.float32)
    >>> runway[:, 28:36] = 1
    >>> fused = cvs(fog, runway)
    >>> bool(fused[32, 32] > 0.7), bool(fused[32, 20] < 0.5), bool((cvs(runway, fog) == runway).all())
    (True, True, True)
    """
    structure_a, structure_b = (_blur(x, fine) - _blur(x, wide) for x in (a, b))
    strength_a, strength_b = (np.sqrt(_blur(x * x, wide)) for x in (structure_a, structure_b))
    poor = np.clip(1 - strength_a / np.maximum(strength_b, 1e-6), 0, 1)
    return np.clip(a + poor * (structure_b - structure_a), 0, 1)


def _blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
