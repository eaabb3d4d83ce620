import cv2
import numpy as np

from aefusion.quality.arrays import gray_levels, sobel

_TINY = 0.00001


def _edges(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    across, down = sobel(gray_levels(picture), cv2.BORDER_CONSTANT)
    strength = cv2.magnitude(across, down)
    return strength, np.arctan(down / np.where(across == 0, _TINY, across))


def _kept(source: tuple, fused: tuple) -> np.ndarray:
    (strength, orientation), (strength_f, orientation_f) = source, fused
    above, below = np.where(strength == 0, _TINY, strength), np.where(strength_f == 0, _TINY, strength_f)
    same = np.where(strength > strength_f, strength_f / above, above / below)
    turn = np.abs(np.abs(orientation - orientation_f) - np.pi / 2) * 2 / np.pi
    return 1 / ((1 + np.exp(-10 * (same - 0.5))) * (1 + np.exp(-20 * (turn - 0.75))))


def qg(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Qg: edge preservation as Qabf, averaged over all pixels alike, in the form of Liu's toolbox; 0 to 1.

    Its sigmoids have other constants than Qabf's. Pictures: float32 (H, W) in [0, 1].
    Source: Liu, Blasch, Xue, Zhao, Laganiere, Wu, 2012, Objective assessment of multiresolution image fusion
    algorithms for context enhancement in night vision; after Xydeas and Petrovic, 2000.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qg(x, x, x), 4)
    0.9867
    """
    edges_a, edges_b, edges_f = _edges(a), _edges(b), _edges(fused)
    weight_a, weight_b = (np.where(edge[0] == 0, _TINY, edge[0]) for edge in (edges_a, edges_b))
    kept = _kept(edges_a, edges_f) * weight_a + _kept(edges_b, edges_f) * weight_b
    return float((kept / (weight_a + weight_b)).mean())
