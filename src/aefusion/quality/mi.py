import math

import numpy as np

from aefusion.quality.arrays import codes, combine, stretched
from aefusion.quality.en import entropy


def joint_histogram(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How often each pair of gray levels occurs: (256, 256), from two uint8 pictures."""
    return np.bincount(x.ravel().astype(np.int64) * 256 + y.ravel(), minlength=65536).reshape(256, 256)


def information(x: np.ndarray, y: np.ndarray, saturate: bool = False) -> tuple[float, float, float]:
    """The mutual information of two uint8 pictures and the entropy of each, in bits."""
    joint = joint_histogram(x, y)
    of_x, of_y = entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0))
    if saturate:
        joint = joint_histogram(np.minimum(x, 254), np.minimum(y, 254))
    return of_x + of_y - entropy(joint), of_x, of_y


def mi(
    a: np.ndarray,
    b: np.ndarray,
    fused: np.ndarray,
    *,
    over: str = "sum",
    unit: str = "bit",
    stretch: bool = False,
    saturate: bool = False,
) -> float:
    """MI: what the gray levels of ``fused`` tell of the sources', the sum over both, in bits; 0 to 16.

    ``over="normalised"`` gives Hossny's NMI, 0 to 2: the sum of 2 MI / (H(source) + H(fused)). VIFB stretches each
    picture to 0..255 first and counts in nats (``stretch=True, unit="nat"``). Linfeng Tang's toolbox lets gray levels
    254 and 255 share a bin in the joint histogram only (``saturate=True``).
    Pictures: float32 (H, W) in [0, 1], counted in 256 gray levels.
    Source: Qu, Zhang, Yan, 2002, Information measure for performance of image fusion; normalised: Hossny,
    Nahavandi, Creighton, 2008, Comments on that article.

    >>> x = np.float32([[0, 1], [0, 1]])
    >>> mi(x, x, x), mi(x, x, x, over="normalised")
    (2.0, 2.0)
    """
    x, y, z = (stretched(p).astype(np.uint8) if stretch else codes(p) for p in (a, b, fused))
    (with_a, of_a, of_fused), (with_b, of_b, _) = information(x, z, saturate), information(y, z, saturate)
    if over == "normalised":
        shares = [2 * both / (s + of_fused) if s + of_fused else 1.0 for both, s in ((with_a, of_a), (with_b, of_b))]
        return sum(shares)
    return combine(with_a, with_b, over) * (math.log(2) if unit == "nat" else 1)
