import numpy as np

from aefusion.quality.arrays import combine, filter_valid, gaussian, gray_levels

_TINY = 1e-10


def scales(picture: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """At each of four scales: the picture (on 0..255), its local mean and its local variance."""
    result = []
    picture = gray_levels(picture)
    for scale in range(4):
        if scale:
            picture = np.ascontiguousarray(filter_valid(picture, window_of(scale))[::2, ::2])
        mean = filter_valid(picture, window_of(scale))
        squares = filter_valid(picture * picture, window_of(scale))
        result.append((picture, mean, np.maximum(squares - mean**2, 0)))
    return result


def window_of(scale: int) -> np.ndarray:
    """The Gaussian window of a scale: 17, 9, 5 and 3 taps, sigma a fifth of that."""
    size = 2 ** (4 - scale) + 1
    return gaussian(size, size / 5)


def information(source: tuple, result: tuple, scale: int, noise: float) -> tuple[np.ndarray, ...]:
    """At each window the gain, the information that the result keeps, and that of the source."""
    (x, mean_x, variance_x), (y, mean_y, variance_y) = source, result
    covariance = filter_valid(x * y, window_of(scale)) - mean_x * mean_y
    gain = covariance / (variance_x + _TINY)
    rest = variance_y - gain * covariance
    flat_x, flat_y = variance_x < _TINY, variance_y < _TINY
    variance_x = np.where(flat_x, 0, variance_x)
    rest = np.where(flat_x | (gain < 0), variance_y, rest)
    gain = np.where(flat_x | flat_y | (gain < 0), 0, gain)
    rest = np.maximum(np.where(flat_y, 0, rest), _TINY)
    return gain, np.log10(1 + gain**2 * variance_x / (rest + noise)), np.log10(1 + variance_x / noise)


def _fidelity(source: np.ndarray, fused: np.ndarray) -> float:
    kept = whole = 0.0
    for scale, (x, y) in enumerate(zip(scales(source), scales(fused), strict=True)):
        _, kept_here, whole_here = information(x, y, scale, noise=2)
        kept, whole = kept + kept_here.sum(), whole + whole_here.sum()
    return float(kept / whole) if whole > 0 else 1.0


def vif(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, over: str = "mean") -> float:
    """VIF: the share of each source's visual information that ``fused`` carries (pixel domain), 0 upwards.

    1 for a copy, and more than 1 if the contrast is raised; 1 for a constant source, which has none to lose.
    The mean over both sources; ``over="sum"`` adds them (Linfeng Tang), ``"a"`` or ``"b"`` is one of them.
    Pictures: float32 (H, W) in [0, 1], at least 41 x 41.
    Source: Sheikh and Bovik, 2006, Image information and visual quality; its multi-scale pixel-domain form.

    >>> x = np.float32(np.random.default_rng(0).random((64, 64)))
    >>> round(vif(x, x, x), 6)
    1.0
    """
    return combine(_fidelity(a, fused), _fidelity(b, fused), over)
