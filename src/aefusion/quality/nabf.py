import cv2
import numpy as np

from aefusion.quality.arrays import gray_levels, ratio, sobel


def _edges(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    across, down = sobel(gray_levels(picture) / 8, cv2.BORDER_REFLECT_101)
    strength = cv2.magnitude(across, down)
    # A horizontal edge lies at 0; without any edge the orientation is 0 too.
    steep = np.where(down == 0, np.sign(across) * np.pi / 2, np.arctan(ratio(across, down, 0)))
    return strength, steep


def _kept(source: tuple, fused: tuple) -> np.ndarray:
    (strength, orientation), (strength_f, orientation_f) = source, fused
    same = ratio(np.minimum(strength, strength_f), np.maximum(strength, strength_f), 0)
    turn = np.abs(np.abs(orientation - orientation_f) - np.pi / 2) * 2 / np.pi
    return np.sqrt(0.9999 / (1 + np.exp(-19 * (same - 0.5))) * 0.9995 / (1 + np.exp(-22 * (turn - 0.5))))


def nabf(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, order: str = "fused last", least: float = 0.001) -> float:
    """Nabf: how much of the edges of ``fused`` is artefact, stronger than in both sources; 0 (none) to 1.

    ``order="as called"``: as a version of Linfeng Tang's toolbox calls it, the sources ``fused`` and ``a``,
    and ``b`` judged as the fused picture. ``least``: the weight of weak edges, 0 in Tang's Python. Pictures: float32
    (H, W) in [0, 1], at least 2 x 2.
    Source: Shreyamsha Kumar, 2013, Multifocus and multispectral image fusion based on pixel significance
    using discrete cosine harmonic wavelet transform; after Petrovic and Xydeas, 2005.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> nabf(x, x, x)
    0.0
    """
    if order == "as called":
        a, b, fused = a, fused, b
    edges_a, edges_b, edges_f = _edges(a), _edges(b), _edges(fused)

    weights_a, weights_b = (np.where(edge[0] >= 2, edge[0] ** 1.5, least) for edge in (edges_a, edges_b))
    stronger = (edges_f[0] > edges_a[0]) & (edges_f[0] > edges_b[0])
    lost = (1 - _kept(edges_a, edges_f)) * weights_a + (1 - _kept(edges_b, edges_f)) * weights_b
    total = (weights_a + weights_b).sum()
    return float((stronger * lost).sum() / total) if total else 0.0
