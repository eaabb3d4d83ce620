"""Orthogonal matching pursuit to a small error: for dense codes, of nearly as many atoms as pixels.

Y. Pati, R. Rezaiifar, P. Krishnaprasad, 1993, Orthogonal matching pursuit. The residual is kept and the
chosen atoms made orthogonal one by one, which for dense codes is faster than the Gram matrix of all atoms.
"""

import numpy as np
from numba import njit, prange


def matching_pursuit(dictionary: np.ndarray, signals: np.ndarray, error: float) -> tuple[np.ndarray, np.ndarray]:
    """The activity of each signal, and the signal as its code gives it.

    ``dictionary``: (size, n), columns of unit length. ``signals``: (size, N). ``error``: the length of the
    residual at which a signal is done. Returns float32 (N,), the sum of the magnitudes of its code, and
    float32 (size, N).

    >>> activity, coded = matching_pursuit(np.eye(3), np.array([[0.0], [3.0], [-0.5]]), error=1)
    >>> activity.tolist(), coded.ravel().tolist()
    ([3.0], [0.0, 3.0, 0.0])
    """
    atoms = np.ascontiguousarray(dictionary.T, np.float32)
    residuals = np.array(signals.T, np.float32, order="C")
    activity = np.zeros(len(residuals), np.float32)
    _pursue(atoms, residuals, np.float32(error) ** 2, activity)
    return activity, (signals - residuals.T).astype(np.float32)


@njit(parallel=True, cache=True, fastmath=True)
def _pursue(atoms, residuals, error, activity):
    """Leaves the residuals in the place of the signals."""
    size = residuals.shape[1]
    for signal in prange(len(residuals)):
        residual = residuals[signal]
        basis = np.empty((size, size), np.float32)
        triangle = np.empty((size, size), np.float32)  # chosen atoms = triangle^T basis
        code = np.empty(size, np.float32)
        taken = 0
        while taken < size and _dot(residual, residual) > error:
            best, strongest = 0, np.float32(-1)
            for i in range(len(atoms)):
                strength = abs(_dot(atoms[i], residual))
                if strength > strongest:
                    best, strongest = i, strength
            new = basis[taken]
            new[:] = atoms[best]
            for i in range(taken):
                triangle[i, taken] = _dot(basis[i], new)
                _add(new, -triangle[i, taken], basis[i])
            length = np.sqrt(_dot(new, new))
            if length < 1e-3:  # depends on the atoms taken before
                break
            for i in range(size):
                new[i] /= length
            triangle[taken, taken] = length
            code[taken] = _dot(new, residual)
            _add(residual, -code[taken], new)
            taken += 1
        for i in range(taken - 1, -1, -1):
            for j in range(i + 1, taken):
                code[i] -= triangle[i, j] * code[j]
            code[i] /= triangle[i, i]
            activity[signal] += abs(code[i])


@njit(inline="always", fastmath=True)
def _dot(x, y):
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i] * y[i]
    return total


@njit(inline="always", fastmath=True)
def _add(x, factor, y):
    for i in range(len(x)):
        x[i] += factor * y[i]
