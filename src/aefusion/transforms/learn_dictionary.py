"""A dictionary of small patches in which natural pictures' patches are sparse."""

import numpy as np

from aefusion.transforms.omp import omp
from aefusion.transforms.patches import Patches


def learn_dictionary(
    pictures: np.ndarray, *, unit: int = 7, size: int = 256, atoms: int = 16, step: int = 3, rounds: int = 50
) -> np.ndarray:
    """(unit * unit, size): ``size`` atoms of unit length, ``atoms`` of them make up a patch of the pictures.

    ``pictures``: float32 (count, H, W) in [0, 1]; of their patches up to 30,000 are used, drawn at random.
    """
    patches = np.hstack([Patches(picture.shape, unit, step).split(picture) for picture in pictures])
    random = np.random.default_rng(0)
    patches = patches[:, np.linalg.norm(patches, axis=0) > 1e-3]
    if patches.shape[1] < size:
        raise ValueError(f"{patches.shape[1]} patches are too few for {size} atoms: give larger pictures")
    drawn = patches[:, random.permutation(patches.shape[1])[:30000]]
    return optimal_directions(drawn, size=size, atoms=atoms, rounds=rounds)


def optimal_directions(patches: np.ndarray, *, size: int, atoms: int, rounds: int) -> np.ndarray:
    """(pixels, size): ``size`` atoms of unit length, of which ``atoms`` make up a patch.

    ``patches``: float32 (pixels, N), a column a patch, N at least ``size``; the first ones are the start. K. Engan, S.
    Aase, J. Husoy, 1999, Method of optimal directions for frame design: code all patches by matching pursuit, take the
    dictionary that is best for these codes, and again. An atom that hardly a patch takes gives way to a patch that is
    badly coded.
    """
    dictionary = patches[:, :size] / np.linalg.norm(patches[:, :size], axis=0)
    for _ in range(rounds):
        indices, values = omp(dictionary, patches, atoms=atoms)
        codes = np.zeros((size, patches.shape[1]), np.float32)
        np.add.at(codes, (np.maximum(indices, 0).T, np.arange(patches.shape[1])), values.T)
        gram = codes @ codes.T
        gram[np.diag_indices(size)] += 1e-6 * np.trace(gram) / size
        dictionary = np.linalg.solve(gram, codes @ patches.T).T
        misfit = np.linalg.norm(patches - dictionary @ codes, axis=0)
        unused = np.flatnonzero(np.count_nonzero(codes, axis=1) < 10)
        dictionary[:, unused] = patches[:, np.argsort(-misfit)[: len(unused)]]
        dictionary /= np.linalg.norm(dictionary, axis=0)
    return dictionary
