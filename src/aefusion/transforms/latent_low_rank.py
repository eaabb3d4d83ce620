"""The projection of MDLatLRR: a matrix that takes the salient part out of a patch."""

import numpy as np

from aefusion.transforms.patches import Patches


def learn_projection(pictures: np.ndarray, *, unit: int = 8, count: int = 1200, share: float = 0.4) -> np.ndarray:
    """(unit * unit, unit * unit): times a patch, a column in row order, its salient part.

    ``pictures``: float32 (n, H, W) in [0, 1]; ``count`` patches of theirs, drawn at random, are used.
    ``share``: the weight of the error, lambda.
    """
    patches = np.hstack([Patches(picture.shape, unit, unit).split(picture) for picture in pictures])
    drawn = np.random.default_rng(0).permutation(patches.shape[1])[:count]
    return latent_low_rank(patches[:, drawn].astype(np.float64), share)


def latent_low_rank(data: np.ndarray, share: float, tolerance: float = 1e-6) -> np.ndarray:
    """L of the least |Z|_* + |L|_* + ``share`` |E|_1 under data = data Z + L data + E.

    ``data``: (size, n), returns (size, size). G. Liu, S. Yan, 2011, Latent low-rank representation for
    subspace segmentation and feature extraction, by the inexact augmented Lagrangian method. From zero on,
    all columns of Z stay in the row space of the data, so that Z is kept by its coordinates there: (size,
    n), not (n, n).
    """
    basis = np.linalg.svd(data, full_matrices=False)[2].T
    inner = data @ basis
    invert_z = np.linalg.inv(inner.T @ inner + np.eye(inner.shape[1]))
    invert_l = np.linalg.inv(data @ data.T + np.eye(len(data)))
    z, multiplier_z = np.zeros((2, inner.shape[1], data.shape[1]))
    l, multiplier_l = np.zeros((2, len(data), len(data)))  # noqa: E741
    error, multiplier = np.zeros((2, *data.shape))
    penalty = 1e-6
    while True:
        low_z = _shrink_singular_values(z + multiplier_z / penalty, 1 / penalty)
        low_l = _shrink_singular_values(l + multiplier_l / penalty, 1 / penalty)
        rest = data - l @ data - error + multiplier / penalty
        z = invert_z @ (inner.T @ rest + low_z - multiplier_z / penalty)
        rest = data - inner @ z - error + multiplier / penalty
        l = (rest @ data.T + low_l - multiplier_l / penalty) @ invert_l  # noqa: E741
        rest = data - inner @ z - l @ data
        error = shrink(rest + multiplier / penalty, share / penalty)
        gaps = rest - error, z - low_z, l - low_l
        if max(np.abs(gap).max() for gap in gaps) < tolerance:
            return l
        multiplier += penalty * gaps[0]
        multiplier_z += penalty * gaps[1]
        multiplier_l += penalty * gaps[2]
        penalty = min(1e6, 1.1 * penalty)


def shrink(values: np.ndarray, amount: float) -> np.ndarray:
    """Each value that much nearer to 0."""
    return np.sign(values) * np.maximum(np.abs(values) - amount, 0)


def _shrink_singular_values(matrix: np.ndarray, amount: float) -> np.ndarray:
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    return (u * shrink(s, amount)) @ v
