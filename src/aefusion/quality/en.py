import numpy as np

from aefusion.quality.arrays import codes


def entropy(counts: np.ndarray) -> float:
    """The Shannon entropy, in bits, of a histogram."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def en(fused: np.ndarray, *, tiny: float = 0.0) -> float:
    """EN: the entropy of the gray levels of ``fused``, in bits: 0 (one level) to 8 (256, all as frequent).

    ``fused``: float32 (H, W) in [0, 1], counted in 256 gray levels. ``tiny``: what is added to each share inside of the
    logarithm, 1e-7 in Tang's Python.
    Source: Roberts, van Aardt, Ahmed, 2008, Assessment of image fusion procedures using entropy, image
    quality, and multispectral classification.

    >>> en(np.float32([[0, 1], [0, 1]]))
    1.0
    """
    counts = np.bincount(codes(fused).ravel(), minlength=256)
    if not tiny:
        return entropy(counts)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares + tiny)).sum())
