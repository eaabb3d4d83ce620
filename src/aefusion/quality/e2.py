import numpy as np

from aefusion.quality.evaluation import evaluate


def e2(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, gradient: str = "AG") -> float:
    """E2: the combined quality, the mean of seven terms, 0 to 1; see `combined.combined_terms`.

    The gradient and the naturalness are relative to the largest among ``fused`` and both sources. To choose
    among several fused pictures, rank them with `evaluation.evaluate`.
    Pictures: float32 (H, W) in [0, 1], at least 96 x 96.

    >>> x = np.float32(np.random.default_rng(0).random((96, 96)))
    >>> e2(x, x, x) > 0.99
    True
    """
    return float(evaluate(a, b, [fused, a, b], gradient=gradient)[0])
