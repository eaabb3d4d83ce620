import numpy as np

from aefusion.transforms.learned_arrays import learned
from aefusion.transforms.patches import Patches


def latlrr(
    a: np.ndarray,
    b: np.ndarray,
    *,
    projection: np.ndarray | None = None,
    levels: int = 4,
    stride: int = 1,
    as_reference: bool = False,
) -> np.ndarray:
    """Fusion in the multi-level decomposition by latent low-rank representation (MDLatLRR).

    A learned projection takes the salient part out of each patch; what is left is decomposed again,
    ``levels`` times. The last rest is fused by the mean, each salient patch by the share of its nuclear
    norm.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``projection``: (size * size, size * size) for patches of size x
    size in row order; without it the shipped one, 64 x 64, learned with lambda = 0.4. ``stride``: pixels
    between patches. Returns float32 (H, W) in [0, 1].

    ``as_reference`` repeats a slip of the public reference code, to get its values: the salient part of the
    first level is added ``levels`` times, that of the second once less, and so on.

    H. Li, X. Wu, J. Kittler, 2020, MDLatLRR: a novel decomposition method for infrared and visible image
    fusion.
    """
    projection = learned("projection") if projection is None else np.asarray(projection, np.float32)
    unit = round(len(projection) ** 0.5)
    if projection.shape != (unit**2, unit**2):
        raise ValueError(f"projection has the shape {projection.shape}: give (size * size, size * size)")
    if levels < 1:
        raise ValueError(f"levels is {levels}: give 1 or more")
    patches = Patches(a.shape, unit, stride)
    fused = np.zeros(a.shape)
    for level in range(levels):
        salient_a, salient_b = (projection @ patches.split(x).astype(np.float32) for x in (a, b))
        share = _share(_nuclear_norm(salient_a), _nuclear_norm(salient_b))
        detail = patches.join(share * salient_a + (1 - share) * salient_b)
        fused += (levels - level) * detail if as_reference else detail
        a, b = a - patches.join(salient_a), b - patches.join(salient_b)
    return np.clip(fused + (a + b) / 2, 0, 1).astype(np.float32)


def _nuclear_norm(columns: np.ndarray) -> np.ndarray:
    """The sum of singular values of each column as a square matrix, (N,)."""
    unit = round(len(columns) ** 0.5)
    return np.linalg.svd(columns.T.reshape(-1, unit, unit), compute_uv=False).sum(axis=1)


def _share(strength: np.ndarray, other: np.ndarray) -> np.ndarray:
    total = strength + other
    return np.where(total > 0, strength / np.where(total > 0, total, 1), 0.5)
