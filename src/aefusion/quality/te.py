import numpy as np

from aefusion.quality.arrays import combine, stretched
from aefusion.quality.mi import joint_histogram


def _divergence(x: np.ndarray, y: np.ndarray, order: float, swapped: bool) -> float:
    joint = joint_histogram(x, y) / x.size
    of_x, of_y = joint.sum(axis=1), joint.sum(axis=0)
    both = np.outer(of_y, of_x) if swapped else np.outer(of_x, of_y)
    there = (joint > 0) & (both > 0)
    return float((1 - (joint[there] ** order / both[there] ** (order - 1)).sum()) / (1 - order))


def te(
    a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "sum", order: float = 1.85, swapped: bool = False
) -> float:
    """TE: what the gray levels of ``fused`` tell of the sources', by Tsallis' entropy, the sum over both; from 0.

    ``order`` is Tsallis' q. Each picture is stretched onto 0..255 first, as in Liu's toolbox. That one, and MEFB after
    it, take each picture's histogram for the other's (``swapped=True``): values up to thousands, which mean nothing.
    Pictures: float32 (H, W) in [0, 1], counted in 256 gray levels.
    Source: Cvejic, Canagarajah, Bull, 2006, Image fusion metric based on mutual information and Tsallis entropy.

    >>> x = np.float32([[0, 1], [0, 1]])
    >>> round(te(x, x, x), 4)
    1.8882
    """
    x, y, z = (stretched(picture).astype(np.uint8) for picture in (a, b, fused))
    return combine(_divergence(x, z, order, swapped), _divergence(y, z, order, swapped), over)
