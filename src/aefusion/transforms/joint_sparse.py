"""Joint sparse representation: what two pictures' patches share and what each has alone.

Both patches of a place, stacked, are coded over the dictionary D as (D / sqrt(2), D, 0; D / sqrt(2), 0, D):
the first part of the code is common to both, the others belong to one source each.
Q. Zhang, Y. Fu, H. Li, J. Zou, 2013, Dictionary learning method for joint sparse representation-based image fusion.
"""

import numpy as np
from scipy.sparse import csc_matrix

from aefusion.transforms.learned_arrays import learned
from aefusion.transforms.omp import omp


def check_dictionary(dictionary: np.ndarray | None) -> np.ndarray:
    """The dictionary to use: the given one, its columns brought to unit length, or the shipped one."""
    if dictionary is None:
        return learned("dictionary")
    dictionary = np.asarray(dictionary, dtype=np.float32)
    if dictionary.ndim != 2 or round(dictionary.shape[0] ** 0.5) ** 2 != dictionary.shape[0]:
        raise ValueError(f"dictionary has the shape {dictionary.shape}: give (size * size, atoms), an atom a column")
    return dictionary / np.maximum(np.linalg.norm(dictionary, axis=0), 1e-12)


def joint_code(
    dictionary: np.ndarray, columns_a: np.ndarray, columns_b: np.ndarray, atoms: int
) -> tuple[csc_matrix, csc_matrix, csc_matrix]:
    """The codes (n, N) of what is common, of ``a`` alone and of ``b`` alone; ``atoms`` for all three.

    a is about D (common + alone_a), b is about D (common + alone_b).
    """
    size, n = dictionary.shape
    joint = np.zeros((2 * size, 3 * n), np.float32)
    joint[:size, :n] = joint[size:, :n] = dictionary / 2**0.5
    joint[:size, n : 2 * n] = joint[size:, 2 * n :] = dictionary
    indices, values = omp(joint, np.vstack([columns_a, columns_b]), atoms=atoms)
    count = len(indices)
    which = np.broadcast_to(np.arange(count)[:, None], indices.shape)
    used = indices >= 0
    code = csc_matrix((values[used], (indices[used], which[used])), shape=(3 * n, count))
    return code[:n] / 2**0.5, code[n : 2 * n], code[2 * n :]


def l1(code: csc_matrix) -> np.ndarray:
    """The sum of absolute values of each column, (N,)."""
    return np.asarray(abs(code).sum(axis=0)).ravel()


def weight(saliency: np.ndarray, other: np.ndarray) -> np.ndarray:
    """1 where this source's saliency is the larger, its share of the other's where it is not."""
    return saliency / np.maximum(np.maximum(saliency, other), np.finfo(saliency.dtype).tiny)
