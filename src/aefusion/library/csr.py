import cv2
import numpy as np

from aefusion.transforms.convolutional_sparse import rebuild, sparse_maps
from aefusion.transforms.learned_arrays import learned
from aefusion.transforms.split_low_high import split_low_high


def csr(
    a: np.ndarray,
    b: np.ndarray,
    *,
    sparsity: float = 0.01,
    radius: int = 3,
    base: str = "mean",
    filters: np.ndarray | None = None,
) -> np.ndarray:
    """Fusion by convolutional sparse representation: at each place the maps of the source that has more.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``sparsity``: lambda. ``radius``: of the window in which the
    maps are added up. ``base``: what becomes of the smooth part, "mean", or "choice" to take the chosen
    source's (with ``radius`` 9, for pictures of different focus). ``filters``: (n, size, size), of unit
    length; without it the shipped ones, 32 of 8 x 8. Returns float32 (H, W) in [0, 1].

    Y. Liu, X. Chen, R. Ward, Z. J. Wang, 2016, Image fusion with convolutional sparse representation.
    """
    if base not in ("mean", "choice"):
        raise ValueError(f"base is {base!r}: give 'mean' or 'choice'")
    filters = learned("filters") if filters is None else np.asarray(filters, np.float32)
    (low_a, high_a), (low_b, high_b) = split_low_high(a), split_low_high(b)
    maps_a, maps_b = sparse_maps(filters, high_a, sparsity)[0], sparse_maps(filters, high_b, sparsity)[0]
    chosen = _activity(maps_a, radius) > _activity(maps_b, radius)
    low = (low_a + low_b) / 2 if base == "mean" else np.where(chosen, low_a, low_b)
    return np.clip(low + rebuild(filters, np.where(chosen, maps_a, maps_b)), 0, 1)


def _activity(maps: np.ndarray, radius: int) -> np.ndarray:
    side = 2 * radius + 1
    return cv2.boxFilter(np.abs(maps).sum(axis=0), -1, (side, side), borderType=cv2.BORDER_CONSTANT)
