"""A dictionary of small patches in which natural pictures' patches are sparse."""

import numpy as np

from aefusion.transforms.omp import omp
from aefusion.transforms.patches import Patches


def learn_dictionary(
    pictures: np.ndarray, *, unit: int = 7, size: int = 256, atoms: int = 16, step: int = 3, rounds: int = 50
) -> np.ndarray:
    """(unit * unit, size): ``size`` atoms of unit length, ``atoms`` of them make up a patch of the pictures.

    ``pictures``: float32 (count, H, W) in [0, 1]. K. Engan, S. Aase, J. Husoy, 1999, Method of optimal
    directions for frame design: code all patches by matching pursuit, then take the dictionary that is best
    for these codes, and again.
    """
    patches = np.hstack([Patches(picture.shape, unit, step).split(picture) for picture in pictures])
    random = np.random.default_rng(0)
    patches = patches[:, np.linalg.norm(patches, axis=0) > 1e-3]
    if patches.shape[1] < size:
        raise ValueError(f"{patches.shape[1]} patches are too few for {size} atoms: give larger pictures")
    patches = patches[:, random.permutation(patches.shape[1])[:30000]]
    dictionary = patches[:, :size] / np.linalg.norm(patches[:, :size], axis=0)
    for _ in range(rounds):
        indices, values = omp(dictionary, patches, atoms=atoms)
        code = np.zeros((size, patches.shape[1]), np.float32)
        code[np.maximum(indices, 0).T, np.arange(patches.shape[1])] += values.T
        gram = code @ code.T
        dictionary = np.linalg.solve(gram + 1e-6 * np.trace(gram) / size * np.eye(size), code @ patches.T).T
        misfit = np.linalg.norm(patches - dictionary @ code, axis=0)
        unused = np.flatnonzero((code != 0).sum(axis=1) < 10)
        dictionary[:, unused] = patches[:, np.argsort(misfit)[::-1][: len(unused)]]
        dictionary /= np.linalg.norm(dictionary, axis=0)
    return dictionary
