import cv2
import numpy as np

from aefusion.quality.arrays import levels


def edges(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strength and orientation (-pi/2 to pi/2) of the Sobel edges of a picture, zeros around it."""
    across = cv2.Sobel(picture, cv2.CV_64F, 1, 0, borderType=cv2.BORDER_CONSTANT)
    down = cv2.Sobel(picture, cv2.CV_64F, 0, 1, borderType=cv2.BORDER_CONSTANT)
    strength = np.sqrt(across**2 + down**2)
    # A vertical edge is pi/2 whatever its sign; the minus decides which neighbours are close to it, as in the
    # toolboxes, whose convolutions turn the horizontal mask and not the vertical one.
    with np.errstate(divide="ignore", invalid="ignore"):
        orientation = np.where(across == 0, np.pi / 2, np.arctan(-down / across))
    return strength, orientation


def preserved(source: tuple, fused: tuple, equal: str) -> np.ndarray:
    """How well each edge of the source is kept, 0 to 1: sigmoids of strength and orientation, multiplied."""
    (strength, orientation), (strength_f, orientation_f) = source, fused
    larger, smaller = np.maximum(strength, strength_f), np.minimum(strength, strength_f)
    ratio = np.divide(smaller, larger, out=np.zeros_like(larger), where=larger > 0)
    if equal == "strength":
        ratio = np.where(strength == strength_f, strength_f, ratio)
    turn = 1 - np.abs(orientation - orientation_f) / (np.pi / 2)
    return 0.9994 / (1 + np.exp(-15 * (ratio - 0.5))) * 0.9879 / (1 + np.exp(-22 * (turn - 0.8)))


def qabf(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, equal: str = "one") -> float:
    """Qabf: the share of the edges of both sources, weighted by their strength, that ``fused`` keeps; 0 to 1.

    0 if neither source has an edge. ``equal="strength"``: where source and result have the same edge
    strength, the strength itself stands for the ratio 1 (the MATLAB toolboxes; up to 5e-4 more).
    Pictures: float32 (H, W) in [0, 1], at least 2 x 2.
    Source: Xydeas and Petrovic, 2000, Objective image fusion performance measure.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> round(qabf(x, x, x), 4)
    0.9748
    """
    edges_a, edges_b, edges_f = edges(levels(a)), edges(levels(b)), edges(levels(fused))
    kept = (preserved(edges_a, edges_f, equal) * edges_a[0]).sum()
    kept += (preserved(edges_b, edges_f, equal) * edges_b[0]).sum()
    total = edges_a[0].sum() + edges_b[0].sum()
    return float(kept / total) if total > 0 else 0.0
