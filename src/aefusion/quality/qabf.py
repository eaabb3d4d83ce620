import cv2
import numpy as np

from aefusion.quality.arrays import gray_levels, ratio, sobel


def sobel_edges(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strength and orientation (-pi/2 to pi/2) of the Sobel edges of a picture, zeros around it."""
    across, down = sobel(gray_levels(picture), cv2.BORDER_CONSTANT)
    # A vertical edge is pi/2 whatever its sign; the minus decides which neighbours are close to it, as in the
    # toolboxes, whose convolutions turn the horizontal mask and not the vertical one.
    orientation = np.where(across == 0, np.pi / 2, np.arctan(ratio(-down, across, 0)))
    return cv2.magnitude(across, down), orientation


def edges_kept(source: tuple, fused: tuple, equal: str) -> np.ndarray:
    """How well each edge of the source is kept, 0 to 1: sigmoids of strength and orientation, multiplied."""
    (strength, orientation), (strength_f, orientation_f) = source, fused
    same = ratio(np.minimum(strength, strength_f), np.maximum(strength, strength_f), 0)
    if equal == "strength":
        same = np.where(strength == strength_f, strength_f, same)
    turn = 1 - np.abs(orientation - orientation_f) / (np.pi / 2)
    return 0.9994 / (1 + np.exp(-15 * (same - 0.5))) * 0.9879 / (1 + np.exp(-22 * (turn - 0.8)))


def qabf(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, equal: str = "one") -> float:
    """Qabf: the share of the edges of both sources, weighted by their strength, that ``fused`` keeps; 0 to 1.

    0 if neither source has an edge. ``equal="strength"``: where source and result have the same edge
    strength, the strength itself stands for the ratio 1 (the MATLAB toolboxes; up to 5e-4 more).
    Pictures: float32 (H, W) in [0, 1].
    Source: Xydeas and Petrovic, 2000, Objective image fusion performance measure.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qabf(x, x, x), 4)
    0.9748
    """
    edges_a, edges_b, edges_f = sobel_edges(a), sobel_edges(b), sobel_edges(fused)
    total = edges_a[0].sum() + edges_b[0].sum()
    if total == 0:
        return 0.0
    kept = (edges_kept(edges_a, edges_f, equal) * edges_a[0]).sum()
    kept += (edges_kept(edges_b, edges_f, equal) * edges_b[0]).sum()
    return float(kept / total)
