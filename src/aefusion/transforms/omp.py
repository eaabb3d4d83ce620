"""Orthogonal matching pursuit of many signals at once over one dictionary.

R. Rubinstein, M. Zibulevsky, M. Elad, 2008, Efficient implementation of the K-SVD algorithm using batch
orthogonal matching pursuit: with the Gram matrix of the dictionary at hand, no residual is ever formed.
"""

import numpy as np
from numba import njit, prange

CHUNK = 8192  # signals at a time: bounds the memory of their correlations with all atoms


def omp(
    dictionary: np.ndarray, signals: np.ndarray, *, atoms: int, error: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The sparse code of each column of ``signals``: at most ``atoms`` atoms, fewer where ``error`` is met.

    ``dictionary``: (size, n), columns of unit length. ``signals``: (size, N). ``error``: the length of a
    residual at which its signal is done. Returns ``indices`` int32 (N, atoms), which atoms, -1 for none, in
    the order of their choice, and ``values`` float32 (N, atoms), their coefficients, 0 for none.

    >>> indices, values = omp(np.eye(4), np.array([[0.0], [3.0], [-5.0], [0.0]]), atoms=2)
    >>> indices.tolist(), values.tolist()
    ([[2, 1]], [[-5.0, 3.0]])
    """
    dictionary = np.ascontiguousarray(dictionary, dtype=np.float32)
    gram = dictionary.T @ dictionary
    count = signals.shape[1]
    indices = np.full((count, atoms), -1, np.int32)
    values = np.zeros((count, atoms), np.float32)
    for start in range(0, count, CHUNK):
        part = slice(start, min(start + CHUNK, count))
        chunk = np.ascontiguousarray(signals[:, part].T, dtype=np.float32)
        energy = np.einsum("ij,ij->i", chunk, chunk, dtype=np.float64)
        _pursue(gram, chunk @ dictionary, energy, error, indices[part], values[part])
    return indices, values


@njit(parallel=True, cache=True, fastmath={"contract", "reassoc"})
def _pursue(gram, correlations, energy, error, indices, values):
    count, size = correlations.shape
    limit = indices.shape[1]
    for signal in prange(count):
        start = correlations[signal]
        left = start.copy()  # correlation of the residual with each atom
        factor = np.zeros((limit, limit))  # Cholesky factor of the chosen atoms' Gram matrix
        target = np.zeros(limit)
        weight = np.zeros(limit)
        code = np.zeros(limit)
        smallest = 1e-6 * np.sqrt(energy[signal])
        for step in range(limit):
            if error > 0 and step > 0:
                explained = 0.0
                for i in range(step):
                    explained += code[i] * target[i]
                if energy[signal] - explained <= error * error:
                    break
            elif energy[signal] <= error * error:
                break
            best, strongest = -1, np.float32(smallest)
            for atom in range(size):
                if abs(left[atom]) > strongest:
                    best, strongest = atom, abs(left[atom])
            if best < 0:
                break
            rest = 1.0
            for i in range(step):
                row = gram[best, indices[signal, i]]
                dot = np.float64(row)
                for j in range(i):
                    dot -= factor[i, j] * weight[j]
                weight[i] = dot / factor[i, i]
                rest -= weight[i] * weight[i]
            if rest < 1e-6:  # depends on the atoms chosen before
                break
            factor[step, :step] = weight[:step]
            factor[step, step] = np.sqrt(rest)
            indices[signal, step] = best
            target[step] = start[best]
            _solve(factor, target, code, step + 1)
            left[:] = start
            for i in range(step + 1):
                row = gram[indices[signal, i]]
                value = np.float32(code[i])
                for atom in range(size):
                    left[atom] -= value * row[atom]
        values[signal] = code


@njit(cache=True)
def _solve(factor, target, code, size):
    """``factor factor^T code = target``."""
    for i in range(size):
        total = target[i]
        for j in range(i):
            total -= factor[i, j] * code[j]
        code[i] = total / factor[i, i]
    for i in range(size - 1, -1, -1):
        total = code[i]
        for j in range(i + 1, size):
            total -= factor[j, i] * code[j]
        code[i] = total / factor[i, i]
