"""The evaluation E of Algorithm 1: which of several fused pictures of one pair is best."""

from collections.abc import Sequence

import numpy as np

from aefusion.quality.ag import ag
from aefusion.quality.arrays import levels
from aefusion.quality.brenner import brenner
from aefusion.quality.en import en
from aefusion.quality.mi import mi
from aefusion.quality.niqe import niqe
from aefusion.quality.psnr import psnr
from aefusion.quality.ssim import local, mean_similarity
from aefusion.quality.vif import scales
from aefusion.quality.viff import fidelity

TERMS = ("EN", "G", "SSIM", "VIFF", "NIQE", "PSNR", "MI")
LARGEST_PSNR = 48.13  # 20 log10 255: a mean square error of one grey level


def evaluate(a: np.ndarray, b: np.ndarray, candidates: Sequence[np.ndarray], *, gradient: str = "AG") -> np.ndarray:
    """E_2 of each candidate, float64 (candidates,), 0 to 1; the largest is the pair's optimal solution O.

    The mean of the seven columns of `terms`. It compares the candidates with one another: a value has no
    meaning beside that of another call. Pictures: float32 (H, W) in [0, 1], at least 96 x 96.
    Source: Fang, Zhang, Yan et al., AE-Netv2, Table VII shows E_2; its form here is this package's
    reconstruction, see docs/metrics.md.

    >>> a, b = np.float32(np.random.default_rng(0).random((2, 96, 96)))
    >>> int(evaluate(a, b, [a * 0, (a + b) / 2]).argmax())
    1
    """
    return terms(a, b, candidates, gradient=gradient).mean(axis=1)


def terms(a: np.ndarray, b: np.ndarray, candidates: Sequence[np.ndarray], *, gradient: str = "AG") -> np.ndarray:
    """The seven terms of E_2, higher is better, about 0 to 1: float64 (candidates, 7), columns as TERMS.

    EN / 8; the gradient (``"AG"`` or ``"BRENNER"``) over the largest of the candidates; SSIM, the mean over
    both sources; VIFF; 1 / NIQE over the largest of the candidates, 0 for a picture without texture; PSNR /
    48.13, at most 1; mutual information, normalised.
    """
    slope = {"AG": ag, "BRENNER": brenner}[gradient]
    # What belongs to the sources alone is computed once.
    local_a, local_b, scales_a, scales_b = local(levels(a)), local(levels(b)), scales(a), scales(b)

    def similarity(fused: np.ndarray) -> float:
        result = local(levels(fused))
        return (mean_similarity(local_a, result) + mean_similarity(local_b, result)) / 2

    rows = [
        (
            en(fused) / 8,
            slope(fused),
            similarity(fused),
            fidelity(scales_a, scales_b, scales(fused)),
            _naturalness(fused),
            min(psnr(a, b, fused) / LARGEST_PSNR, 1),
            mi(a, b, fused, over="normalised"),
        )
        for fused in candidates
    ]
    result = np.array(rows, np.float64).reshape(-1, len(TERMS))
    for column in (TERMS.index("G"), TERMS.index("NIQE")):
        largest = result[:, column].max(initial=0)
        result[:, column] /= largest if largest > 0 else 1
    return result


def _naturalness(fused: np.ndarray) -> float:
    try:
        return 1 / niqe(fused)
    except ValueError:
        return 0.0
