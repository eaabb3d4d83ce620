"""Convolutional sparse coding: a picture as a sum of small filters, each convolved with a sparse map."""

import numpy as np
from numba import njit, prange

from aefusion.transforms.half_spectrum import LARGE, from_half_spectrum, half_spectrum

FLOAT = np.float32


def sparse_maps(
    filters: np.ndarray,
    picture: np.ndarray,
    sparsity: float,
    *,
    iterations: int = 500,
    tolerance: float = 1e-3,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The maps x_k of the least |sum_k filter_k * x_k - picture|^2 / 2 + ``sparsity`` sum_k |x_k|_1.

    ``filters``: (n, size, size), ``picture``: (H, W), convolved as on a torus. ``start``: what a call before
    returned, to go on from it. Returns the maps, float32 (n, H, W), and the multipliers, the same.

    B. Wohlberg, 2016, Efficient algorithms for convolutional sparse representations: ADMM, its linear step
    solved frequency by frequency; and 2015, Adaptive penalty parameter selection and over-relaxation.
    """
    spectra = filter_spectra(filters, picture.shape)
    power = (np.abs(spectra) ** 2).sum(axis=0)
    signal = half_spectrum(picture.astype(FLOAT))
    if start is None:
        maps = np.zeros((len(filters), *picture.shape), FLOAT)
        multipliers = np.zeros_like(maps)
    else:
        maps, multipliers = start[0].copy(), start[1].copy()
    penalty = 100 * sparsity + 0.5
    balance = 1 + 18.3 ** (np.log10(sparsity) + 1)  # the ratio of both residuals that converges fast
    step = _step_in_threads if maps.size > LARGE else _step_here
    for _ in range(iterations):
        # The linear step: maps - multipliers, corrected by what they miss of the picture
        spectrum = half_spectrum(maps - multipliers)
        missing = (signal - np.einsum("kyx,kyx->yx", spectra, spectrum)) / (power + FLOAT(penalty))
        spectrum += np.conj(spectra) * missing
        smooth = from_half_spectrum(spectrum, picture.shape)
        gap, change, smooth_size, size, multiplier_size = step(smooth, maps, multipliers, sparsity / penalty)
        primal = gap / max(smooth_size, size, 1e-12)
        dual = change / max(multiplier_size, 1e-12)
        if max(primal, dual) <= tolerance:
            break
        ratio = (max(primal, 1e-12) / (max(dual, 1e-12) * balance)) ** 0.5
        factor = min(100.0, max(ratio, 1 / ratio))
        if primal > 1.2 * balance * dual:
            penalty *= factor
            multipliers /= FLOAT(factor)
        elif dual > 1.2 / balance * primal:
            penalty /= factor
            multipliers *= FLOAT(factor)
    return maps, multipliers


def filter_spectra(filters: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The filters' spectra at a picture's size, which may be below theirs: complex64 (n, H, W // 2 + 1)."""
    wrapped = np.zeros((len(filters), *shape), FLOAT)
    for y, x in np.ndindex(filters.shape[1:]):
        wrapped[:, y % shape[0], x % shape[1]] += filters[:, y, x]
    return half_spectrum(wrapped)


def rebuild(filters: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """The picture that the maps make up, float32 (H, W)."""
    shape = maps.shape[1:]
    return from_half_spectrum((filter_spectra(filters, shape) * half_spectrum(maps)).sum(axis=0), shape)


def _step(smooth, maps, multipliers, amount):
    """Over-relaxation, soft threshold and multipliers, in place; the norms of gap, change and all three."""
    sums = np.zeros((maps.shape[0], 5))
    relaxation, amount = np.float32(1.8), np.float32(amount)
    for k in prange(maps.shape[0]):
        gap = change = a = b = c = 0.0
        for y in range(maps.shape[1]):
            for x in range(maps.shape[2]):
                old, new = maps[k, y, x], smooth[k, y, x]
                value = relaxation * new + (np.float32(1) - relaxation) * old + multipliers[k, y, x]
                kept = max(value - amount, np.float32(0)) + min(value + amount, np.float32(0))
                maps[k, y, x] = kept
                multipliers[k, y, x] = value - kept
                gap += (new - kept) ** 2
                change += (old - kept) ** 2
                a += new**2
                b += kept**2
                c += (value - kept) ** 2
        sums[k, 0], sums[k, 1], sums[k, 2], sums[k, 3], sums[k, 4] = gap, change, a, b, c
    total = np.sqrt(sums.sum(axis=0))
    return total[0], total[1], total[2], total[3], total[4]


FAST_MATH = {"contract", "reassoc"}
_step_here = njit(cache=True, fastmath=FAST_MATH)(_step)
_step_in_threads = njit(parallel=True, cache=True, fastmath=FAST_MATH)(_step)


def learn_filters(
    pictures: np.ndarray, *, count: int = 32, size: int = 8, sparsity: float = 0.2, rounds: int = 20
) -> np.ndarray:
    """(count, size, size): filters of unit length for which the pictures' fine parts have sparse maps.

    ``pictures``: float32 (n, H, W) in [0, 1]; of each the middle quarter is used. From a dictionary of
    patches on, by turns: the maps for the filters by a few steps from where they stand, then the filters
    that are best for these maps, from the normal equations.
    """
    from aefusion.transforms.learn_dictionary import learn_dictionary
    from aefusion.transforms.split_low_high import split_low_high

    height, width = pictures.shape[1] // 4, pictures.shape[2] // 4
    fine = np.stack([split_low_high(picture[height:-height, width:-width])[1] for picture in pictures])
    start = learn_dictionary(fine, unit=size, size=count, atoms=4, step=1, rounds=10)
    filters = np.ascontiguousarray(start.T.reshape(count, size, size), FLOAT)
    states: list[tuple[np.ndarray, np.ndarray] | None] = [None] * len(fine)
    for _ in range(rounds):
        states = [
            sparse_maps(filters, picture, sparsity, iterations=10, start=state)
            for picture, state in zip(fine, states, strict=True)
        ]
        filters = best_filters(np.stack([state[0] for state in states if state]), fine, size)
        filters /= np.maximum(np.linalg.norm(filters, axis=(1, 2), keepdims=True), 1e-12)
    return filters


def best_filters(maps: np.ndarray, pictures: np.ndarray, size: int) -> np.ndarray:
    """The filters (count, size, size) of the least squares, their normal equations filled with correlations.

    ``maps``: (n, count, H, W), ``pictures``: (n, H, W).
    """
    shape, count = pictures.shape[1:], maps.shape[1]
    spectra, signals = half_spectrum(maps), half_spectrum(pictures)
    y, x = (grid.ravel() for grid in np.indices((size, size)))
    lag = (y[:, None] - y) % shape[0], (x[:, None] - x) % shape[1]
    normal = np.empty((count, size**2, count, size**2), FLOAT)
    target = from_half_spectrum((np.conj(spectra) * signals[:, None]).sum(axis=0), shape)[:, y, x]
    for j in range(count):
        correlations = from_half_spectrum((np.conj(spectra[:, j, None]) * spectra[:, j:]).sum(axis=0), shape)
        for k, correlation in enumerate(correlations, j):
            normal[j, :, k] = correlation[lag]
            normal[k, :, j] = correlation[lag].T
    normal = normal.reshape(count * size**2, -1)
    normal[np.diag_indices(len(normal))] += 1e-3 * np.trace(normal) / len(normal)
    return np.linalg.solve(normal, target.ravel()).reshape(count, size, size).astype(FLOAT)
