from collections.abc import Callable

import numpy as np

from aefusion.transforms.pyramid import check_levels, laplacian_step, up
from aefusion.transforms.selection_rules import fuse_base, stronger_consistent


def lp(a: np.ndarray, b: np.ndarray, *, levels: int = 4, base: str = "mean") -> np.ndarray:
    """Fusion in the Laplacian pyramid: in each band the stronger source, below them the mean.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``levels``: number of detail bands. ``base``: what becomes of the
    low-pass band, "mean", "max", or, for exposures, "exposed"; see `selection_rules.fuse_base`. Returns float32
    (H, W) in [0, 1].

    P. Burt, E. Adelson, 1983, The Laplacian pyramid as a compact image code; the choice with a 3x3
    consistency check from H. Li, B. Manjunath, S. Mitra, 1995; as compared in Y. Liu, S. Liu, Z. Wang, 2015.

    >>> picture = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> bool(np.allclose(lp(picture, picture), picture, atol=1e-6))
    True
    """
    return laplacian_fuse(a, b, levels, lambda low_a, low_b: fuse_base(low_a, low_b, base))


def laplacian_fuse(
    a: np.ndarray, b: np.ndarray, levels: int, fuse_low: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """The pyramid with any rule ``fuse_low(low_a, low_b)`` for its low-pass band."""
    check_levels(levels)
    bands, shapes = [], []
    for _ in range(levels):
        shapes.append(a.shape)
        (a, band_a), (b, band_b) = laplacian_step(a), laplacian_step(b)
        bands.append(stronger_consistent(band_a, band_b))
    fused = fuse_low(a, b)
    for band, (height, width) in zip(reversed(bands), reversed(shapes), strict=True):
        fused = (up(fused) + band)[:height, :width]
    return np.clip(fused, 0, 1)


def laplacian_bands(a: np.ndarray, b: np.ndarray, levels: int) -> dict[str, np.ndarray]:
    """What the pyramid consists of, by name: "band-1-a", "band-1-b", "band-1-fused" ... "base-a", "base-b"."""
    found: dict[str, np.ndarray] = {}
    for level in range(1, levels + 1):
        (a, band_a), (b, band_b) = laplacian_step(a), laplacian_step(b)
        fused = stronger_consistent(band_a, band_b)
        found |= {f"band-{level}-a": band_a, f"band-{level}-b": band_b, f"band-{level}-fused": fused}
    return found | {"base-a": a, "base-b": b}
