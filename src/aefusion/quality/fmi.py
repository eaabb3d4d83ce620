from typing import NamedTuple

import numpy as np

from aefusion.quality.arrays import gray_levels

_CHUNK = 1024  # windows at a time: what they need stays in cache
_PLACES = np.arange(1.0, 10.0)


def _feature(picture: np.ndarray, feature: str) -> np.ndarray:
    picture = gray_levels(picture)  # whole numbers: equal differences are equal to the last bit
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


class _Windows(NamedTuple):
    """Windows of 3 x 3 as densities over their nine places, column by column: float64 (9, windows)."""

    values: np.ndarray
    """As they are in the feature."""
    density: np.ndarray
    cumulated: np.ndarray
    centred: np.ndarray
    square: np.ndarray
    """The sum of the squares of `centred`, (windows,)."""
    entropy: np.ndarray
    """In nats."""
    spread: np.ndarray
    """The standard deviation of the place, 1 to 9."""
    flat: np.ndarray
    """Which windows are constant."""


def _windows(values: np.ndarray) -> _Windows:
    """Each window, stretched to 0..1, as a density; ``values``: float64 (9, windows)."""
    least, largest = values.min(axis=0), values.max(axis=0)
    flat = largest == least
    stretched = np.where(flat, 1, (values - least) / np.where(flat, 1, largest - least))
    density = stretched / stretched.sum(axis=0)
    centred = density - density.mean(axis=0)
    logarithm = np.log(density, out=np.zeros_like(density), where=density > 0)
    mean, square = _PLACES @ density, _PLACES**2 @ density
    return _Windows(
        values, density, density.cumsum(axis=0), centred, (centred**2).sum(axis=0), -(density * logarithm).sum(axis=0),
        np.sqrt(np.maximum(square - mean**2, 0)), flat,
    )  # fmt: skip


def _shared(source: _Windows, fused: _Windows, equal: bool) -> np.ndarray:
    """The normalised mutual information of each window, from the correlation of its two densities: (windows,).

    The joint density lies between independence and Frechet's bound, as far as the correlation says (Nelsen). The bound
    puts all mass on a staircase of at most 17 of the 81 cells. So the joint entropy is that of two independent
    densities, in closed form, and what these cells change in it.
    """
    count = source.flat.size
    defined = ~(source.flat | fused.flat)
    scale = np.sqrt(source.square * fused.square)
    products = (source.centred * fused.centred).sum(axis=0)
    correlation = np.where(defined, products / np.where(defined, scale, 1), 0)
    # Frechet's lower bound is the upper one of the source's places in the opposite order.
    turned = correlation < 0
    p = np.where(turned, source.density[::-1], source.density)
    upper = np.where(turned, p.cumsum(axis=0), source.cumulated)
    p, q, q_upper = p[None], fused.density[:, None], fused.cumulated[:, None]
    lower, q_lower = upper - p[0], (fused.cumulated - fused.density)[:, None]
    smaller = np.minimum(q_upper, upper[None])
    covariance = smaller.sum(axis=(0, 1)) - upper.sum(axis=0) * fused.cumulated.sum(axis=0)
    spreads = source.spread * fused.spread
    usable = (spreads > 0) & (covariance > 0)
    part = np.where(usable, np.abs(correlation) * spreads / np.where(usable, covariance, 1), 0)
    rest = 1 - part
    mass = (smaller - np.maximum(q_lower, lower[None])).ravel()
    cells = np.flatnonzero(mass > 0)
    windows = cells % count
    alone = rest.take(windows) * (q * p).ravel().take(cells)
    joint = alone + part.take(windows) * mass.take(cells)
    change = np.bincount(windows, _terms(joint) - _terms(alone), count)
    both = source.entropy + fused.entropy
    mutual = both - (_terms(rest) + rest * both + change)
    result = np.where(both > 0, 2 * mutual / np.where(both > 0, both, 1), 0)
    # Equal densities share all they have; the sum above is that only up to rounding, or 0 for two constants.
    alike = (source.density == fused.density).all(axis=0) & (both > 0)
    if equal:
        alike |= (source.values == fused.values).all(axis=0)
    return np.where(alike, 1, result)


def _terms(shares: np.ndarray) -> np.ndarray:
    """What each share adds to an entropy, in nats."""
    magnitude = np.abs(shares)
    return -shares * np.log(magnitude, out=np.zeros_like(magnitude), where=magnitude > 0)


def fmi(a: np.ndarray, b: np.ndarray, fused: np.ndarray, *, feature: str = "gradient", equal: bool = False) -> float:
    """FMI: the mutual information of the features of ``fused`` and the sources in windows of 3 x 3; 0 to 1.

    The mean over both sources; a window whose features differ at one place only carries nothing and counts 0;
    ``equal=True``, as in MEFB's version of the code, counts 1 where it is equal in both.
    ``feature``: ``"gradient"`` (across), ``"pixel"`` or ``"dct"``.
    Pictures: float32 (H, W) in [0, 1], at least 3 x 3.
    Source: Haghighat, Aghagolzadeh, Seyedarabi, 2011, A non-reference image fusion metric based on mutual
    information of image features; its fast form, Haghighat and Razian, 2014, Fast-FMI.

    >>> x = np.float32(np.random.default_rng(0).random((16, 16)))
    >>> fmi(x, x, x)
    1.0
    """
    values = [_places(_feature(picture, feature)) for picture in (a, b, fused)]
    total, count = 0.0, values[0].shape[1]
    for start in range(0, count, _CHUNK):
        of_a, of_b, of_fused = (_windows(part[:, start : start + _CHUNK]) for part in values)
        total += (_shared(of_a, of_fused, equal) + _shared(of_b, of_fused, equal)).sum()
    return float(total / (2 * count))


def _places(picture: np.ndarray) -> np.ndarray:
    """What stands at each place of every window of 3 x 3, column by column: (9, windows)."""
    height, width = (n - 2 for n in picture.shape)
    return np.stack([picture[y : y + height, x : x + width].ravel() for x in range(3) for y in range(3)])
