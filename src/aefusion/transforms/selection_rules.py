"""Rules that choose between the coefficients of two sources: shared by the multi-scale methods."""

import cv2
import numpy as np

SQUARE = np.ones((3, 3), np.uint8)
BASE_RULES = ("mean", "max", "exposed")
WELL_EXPOSED = 0.2
"""The standard deviation of the bell over brightness by which "exposed" weighs (Mertens, Kautz, Van Reeth, 2007)."""


def stronger_consistent(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The stronger coefficient of each position, by 3x3 neighbourhoods that agree.

    The strength of a position is the largest magnitude in its 3x3 neighbourhood; the source whose strength
    wins in most of the nine neighbours gives the coefficient (Li, Manjunath, Mitra, 1995, Multisensor image
    fusion using the wavelet transform). A tie goes to ``a``. ``a``, ``b``: float32 or complex64 (H, W); so
    is the result.
    """
    return np.where(_stronger(a, b), b, a)


def _stronger(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """bool (H, W): where the neighbourhood says that b is the stronger one; equal strengths say no."""
    wins = cv2.compare(_strength(b), _strength(a), cv2.CMP_GT)
    share = cv2.boxFilter(wins, -1, (3, 3))[1:-1, 1:-1]
    return share > 127  # the mean of nine 0 and 255, so five or more of nine


def _strength(coefficients: np.ndarray) -> np.ndarray:
    """(H + 2, W + 2): the largest magnitude within 3x3, one ring of reflected positions included."""
    magnitude = cv2.copyMakeBorder(np.abs(coefficients), 1, 1, 1, 1, cv2.BORDER_REFLECT_101)
    return cv2.dilate(magnitude, SQUARE)


def fuse_base(a: np.ndarray, b: np.ndarray, base: str) -> np.ndarray:
    """The fused low-pass band, float32 (H, W) as both are: pixel by pixel.

    ``base``: "mean", "max", or "exposed", the mean weighted by how near to middle gray each is: for exposures, of which
    one has lost what the other shows.
    """
    if base not in BASE_RULES:
        raise ValueError(f"base is {base!r}: choose one of {', '.join(BASE_RULES)}")
    if base == "exposed":
        of_a, of_b = (np.exp((x - 0.5) ** 2 / np.float32(-2 * WELL_EXPOSED**2)) + np.float32(1e-6) for x in (a, b))
        return (of_a * a + of_b * b) / (of_a + of_b)
    return (a + b) * np.float32(0.5) if base == "mean" else np.maximum(a, b)
