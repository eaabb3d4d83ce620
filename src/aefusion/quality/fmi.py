import numpy as np

from aefusion.quality.arrays import gray_levels

_CHUNK = 192  # windows at a time: what they need stays in cache


def _feature(picture: np.ndarray, feature: str) -> np.ndarray:
    picture = gray_levels(picture) / 255
    if feature == "gradient":
        return np.gradient(picture, axis=1)
    if feature == "dct":
        down, across = (_cosines(length) for length in picture.shape)
        return down @ picture @ across.T
    return picture


def _cosines(length: int) -> np.ndarray:
    """The matrix of the orthonormal discrete cosine transform (type II)."""
    index = np.arange(length)
    matrix = np.cos(np.pi * (2 * index + 1) * index[:, None] / (2 * length)) * np.sqrt(2 / length)
    matrix[0] /= np.sqrt(2)
    return matrix


def _windows(picture: np.ndarray) -> np.ndarray:
    """Every window of 3 x 3, column by column: (windows, 9)."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3))
    return windows.transpose(0, 1, 3, 2).reshape(-1, 9)


def _density(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each window, stretched to 0..1, as a density over its nine places; and whether it is constant."""
    least, largest = windows.min(axis=1, keepdims=True), windows.max(axis=1, keepdims=True)
    flat = largest == least
    values = np.where(flat, 1, (windows - least) / np.where(flat, 1, largest - least))
    return values / values.sum(axis=1, keepdims=True), flat[:, 0]


def _entropy(density: np.ndarray) -> np.ndarray:
    magnitude = np.abs(density)
    return -(density * np.log2(magnitude, out=np.zeros_like(density), where=magnitude > 0)).sum(axis=-1)


def _spread(density: np.ndarray) -> np.ndarray:
    """The standard deviation of the place, 1 to 9, under the density."""
    places = np.arange(1, 10)
    return np.sqrt(np.maximum((density * places**2).sum(axis=1) - (density * places).sum(axis=1) ** 2, 0))


def _shared(source: np.ndarray, fused: np.ndarray) -> np.ndarray:
    """The normalised mutual information of each window, from the correlation of its two densities.

    The joint density lies between independence and Frechet's bound, as far as the correlation says (Nelsen).
    """
    (p, flat_p), (q, flat_q) = _density(source), _density(fused)
    cumulated_p, cumulated_q = p.cumsum(axis=1)[:, None, :], q.cumsum(axis=1)[:, :, None]
    centred_p, centred_q = p - p.mean(axis=1, keepdims=True), q - q.mean(axis=1, keepdims=True)
    scale = np.sqrt((centred_p**2).sum(axis=1) * (centred_q**2).sum(axis=1))
    defined = ~(flat_p | flat_q)
    correlation = np.where(defined, (centred_p * centred_q).sum(axis=1) / np.where(defined, scale, 1), 0)
    above = (correlation >= 0)[:, None, None]
    bound = np.where(above, np.minimum(cumulated_q, cumulated_p), np.maximum(cumulated_q + cumulated_p - 1, 0))
    covariance = (bound - cumulated_q * cumulated_p).sum(axis=(1, 2))
    spreads = _spread(p) * _spread(q)
    usable = (spreads > 0) & (np.abs(covariance) > 0)
    part = np.where(usable, correlation * spreads / np.where(usable, covariance, 1), 0)[:, None, None]
    steps = np.diff(np.diff(bound, axis=1, prepend=0), axis=2, prepend=0)
    joint = part * steps + (1 - part) * q[:, :, None] * p[:, None, :]
    both = _entropy(p) + _entropy(q)
    mutual = both - _entropy(joint.reshape(len(joint), 81))
    result = np.where(both > 0, 2 * mutual / np.where(both > 0, both, 1), 0)
    # Equal densities share all they have; the sum above is that only up to rounding, or 0 for two constants.
    return np.where((p == q).all(axis=1) & (both > 0), 1, result)


def fmi(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, feature: str = "gradient") -> float:
    """FMI: the mutual information of the features of ``fused`` and the sources in windows of 3 x 3; 0 to 1.

    The mean over both sources; a window whose features differ at one place only carries nothing and counts 0.
    ``feature``: ``"gradient"`` (across), ``"pixel"`` or ``"dct"``.
    Pictures: float32 (H, W) in [0, 1], at least 3 x 3.
    Source: Haghighat, Aghagolzadeh, Seyedarabi, 2011, A non-reference image fusion metric based on mutual
    information of image features; its fast form, Haghighat and Razian, 2014, Fast-FMI.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> fmi(x, x, x)
    1.0
    """
    of_a, of_b, of_fused = (_windows(_feature(picture, feature)) for picture in (a, b, fused))
    total = 0.0
    for start in range(0, len(of_fused), _CHUNK):
        part = slice(start, start + _CHUNK)
        total += (_shared(of_a[part], of_fused[part]) + _shared(of_b[part], of_fused[part])).sum()
    return float(total / (2 * len(of_fused)))
