import numpy as np

from aefusion.quality.arrays import filter_valid, gaussian, levels

_NOISE = 0.005 * 255**2
_WEIGHTS = np.array([1, 0, 0.15, 1]) / 2.15
_TINY = 1e-10


def _scales(picture: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """At each of the four scales: the picture, its local mean and its local variance."""
    result = []
    for scale in range(4):
        size = 2 ** (4 - scale) + 1
        window = gaussian(size, size / 5)
        if scale:
            picture = np.ascontiguousarray(filter_valid(picture, window)[::2, ::2])
        mean = filter_valid(picture, window)
        result.append((picture, mean, np.maximum(filter_valid(picture * picture, window) - mean**2, 0)))
    return result


def _information(source, result, scale: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gain of each window, the information kept, and the information of the source."""
    (x, mean_x, variance_x), (y, mean_y, variance_y) = source, result
    size = 2 ** (4 - scale) + 1
    covariance = filter_valid(x * y, gaussian(size, size / 5)) - mean_x * mean_y
    gain = covariance / (variance_x + _TINY)
    noise = variance_y - gain * covariance
    flat_x, flat_y = variance_x < _TINY, variance_y < _TINY
    gain[flat_x] = 0
    noise[flat_x] = variance_y[flat_x]
    variance_x = np.where(flat_x, 0, variance_x)
    gain[flat_y] = 0
    noise[flat_y] = 0
    negative = gain < 0
    noise[negative] = variance_y[negative]
    gain[negative] = 0
    noise = np.maximum(noise, _TINY)
    return gain, np.log10(1 + gain**2 * variance_x / (noise + _NOISE)), np.log10(1 + variance_x / _NOISE)


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
    total = 0.0
    scales = zip(_scales(levels(a)), _scales(levels(b)), _scales(levels(fused)), strict=True)
    for scale, (of_a, of_b, of_fused) in enumerate(scales):
        if _WEIGHTS[scale] == 0:
            continue
        gain_a, kept_a, whole_a = _information(of_a, of_fused, scale)
        gain_b, kept_b, whole_b = _information(of_b, of_fused, scale)
        first = gain_a < gain_b
        kept = np.where(first, kept_a, kept_b).sum()
        whole = np.where(first, whole_a, whole_b).sum()
        count = first.size * 1e-7  # keeps the quotient defined for a constant source: then it is 1
        total += _WEIGHTS[scale] * (kept + count) / (whole + count)
    return float(total)
