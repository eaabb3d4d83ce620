"""The evaluation E of Algorithm 1: which of several fused pictures of one pair is best."""

import math
from collections.abc import Sequence

import numpy as np

from aefusion.quality.ag import ag
from aefusion.quality.arrays import gray_levels
from aefusion.quality.brenner import brenner
from aefusion.quality.e2_combined import MEASURED, combined, combined_terms
from aefusion.quality.en import en
from aefusion.quality.mi import mi
from aefusion.quality.niqe import niqe
from aefusion.quality.psnr import psnr
from aefusion.quality.ssim import local, mean_similarity
from aefusion.quality.vif import scales
from aefusion.quality.viff import fidelity


def evaluate(a: np.ndarray, b: np.ndarray, candidates: Sequence[np.ndarray], *, gradient: str = "AG") -> np.ndarray:
    """E_2 of each candidate, float64 (candidates,), 0 to 1; the largest is the pair's optimal solution O.

    It compares the candidates with one another, see `combined.combined`. ``gradient``: "AG", or "BRENNER" as in the
    paper's Table VII. Pictures: float32 (H, W) in [0, 1], at least 96 x 96.

    >>> a, b = np.float32(np.random.default_rng(0).random((2, 96, 96)))
    >>> int(evaluate(a, b, [a * 0, (a + b) / 2]).argmax())
    1
    """
    return combined(measured(a, b, candidates, gradient=gradient))


def terms(a: np.ndarray, b: np.ndarray, candidates: Sequence[np.ndarray], *, gradient: str = "AG") -> np.ndarray:
    """The seven terms of E_2: float64 (candidates, 7), columns as TERMS; see `combined.combined_terms`."""
    return combined_terms(measured(a, b, candidates, gradient=gradient))


def measured(a: np.ndarray, b: np.ndarray, candidates: Sequence[np.ndarray], *, gradient: str = "AG") -> np.ndarray:
    """The raw values that E_2 combines: float64 (candidates, 7), columns as MEASURED, with the gradient for AG.

    They are those of METRICS, but what belongs to the sources alone is computed once. NIQE of a picture without texture
    is infinite.
    """
    slopes = {"AG": ag, "BRENNER": brenner}
    if gradient not in slopes:
        raise ValueError(f"gradient is {gradient!r}: give one of {', '.join(slopes)}")
    slope = slopes[gradient]
    local_a, local_b, scales_a, scales_b = local(gray_levels(a)), local(gray_levels(b)), scales(a), scales(b)

    def similarity(fused: np.ndarray) -> float:
        result = local(gray_levels(fused))
        return (mean_similarity(local_a, result) + mean_similarity(local_b, result)) / 2

    rows = [
        (
            en(fused),
            slope(fused),
            similarity(fused),
            fidelity(scales_a, scales_b, scales(fused)),
            niqe(fused, without_texture=math.inf),
            psnr(a, b, fused),
            mi(a, b, fused, over="normalised"),
        )
        for fused in candidates
    ]
    return np.array(rows, np.float64).reshape(-1, len(MEASURED))
