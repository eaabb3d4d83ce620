import numpy as np

from aefusion.quality.vif import information, scales

_NOISE = 0.005 * 255**2
_WEIGHTS = (1 / 2.15, 0, 0.15 / 2.15, 1 / 2.15)


def viff(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """VIFF: the visual information of the sources that ``fused`` carries; 0 upwards, 1 for a copy.

    At each window the source with the smaller gain counts.
    Pictures: float32 (H, W) in [0, 1], at least 41 x 41.
    Source: Han, Cai, Cao, Xu, 2013, A new image fusion performance metric based on visual information
    fidelity.

    >>> x = np.float32(np.random.default_rng(0).random((64, 64)))
    >>> round(viff(x, x, x), 3)
    1.0
    """
    return fidelity(scales(a), scales(b), scales(fused))


def fidelity(of_a: list, of_b: list, of_fused: list) -> float:
    """VIFF from the `vif.scales` of the three pictures."""
    total = 0.0
    for scale, weight in enumerate(_WEIGHTS):
        if weight == 0:
            continue
        gain_a, kept_a, whole_a = information(of_a[scale], of_fused[scale], scale, _NOISE)
        gain_b, kept_b, whole_b = information(of_b[scale], of_fused[scale], scale, _NOISE)
        smaller = gain_a < gain_b
        tiny = smaller.size * 1e-7  # keeps the quotient defined: 1 for a constant source
        kept = np.where(smaller, kept_a, kept_b).sum() + tiny
        total += weight * kept / (np.where(smaller, whole_a, whole_b).sum() + tiny)
    return float(total)
