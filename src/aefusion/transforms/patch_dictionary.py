"""The dictionary with which LP_SR, RP_SR and NSCT_SR code the patches of their low-pass band.

``python -m aefusion.transforms.patch_dictionary`` learns it anew, from pictures that ship inside the
scikit-image wheel.
"""

from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_suffix(".npy")
UNIT, ATOMS = 8, 256


@cache
def patch_dictionary() -> np.ndarray:
    """float32 (64, 256): a column an atom, an 8x8 patch in row order, of zero mean and unit length."""
    atoms = np.load(FILE).astype(np.float32)
    return atoms / np.linalg.norm(atoms, axis=0)


def learn(patches: np.ndarray, *, taken: int = 5, rounds: int = 25) -> np.ndarray:
    """(size, 256): atoms of unit length, of which ``taken`` make up a patch.

    ``patches``: float32 (size, N), 256 at least. K. Engan, S. Aase, J. Husoy, 1999, Method of optimal
    directions for frame design: code all patches by matching pursuit, take the dictionary that is best for
    these codes, and again. An atom that hardly a patch takes gives way to a patch that is badly coded.
    """
    from aefusion.transforms.omp import omp

    dictionary = patches[:, :ATOMS] / np.linalg.norm(patches[:, :ATOMS], axis=0)
    for _ in range(rounds):
        indices, values = omp(dictionary, patches, atoms=taken)
        codes = np.zeros((ATOMS, patches.shape[1]), np.float32)
        np.add.at(codes, (np.maximum(indices, 0).T, np.arange(patches.shape[1])), values.T)
        gram = codes @ codes.T
        gram[np.diag_indices(ATOMS)] += 1e-6 * np.trace(gram) / ATOMS
        dictionary = np.linalg.solve(gram, codes @ patches.T).T
        misfit = np.linalg.norm(patches - dictionary @ codes, axis=0)
        unused = np.flatnonzero(np.count_nonzero(codes, axis=1) < 10)
        dictionary[:, unused] = patches[:, np.argsort(-misfit)[: len(unused)]]
        dictionary /= np.linalg.norm(dictionary, axis=0)
    return dictionary


def training_patches(count: int = 20000) -> np.ndarray:
    """float32 (64, count): patches without their means, flat ones left out."""
    from aefusion.transforms.learned_arrays import pictures
    from aefusion.transforms.patches import Patches

    patches = np.hstack([Patches(picture.shape, UNIT, 2).split(picture) for picture in pictures()])
    patches = patches - patches.mean(axis=0)
    patches = patches[:, np.linalg.norm(patches, axis=0) > 0.1]
    return patches[:, np.random.default_rng(0).permutation(patches.shape[1])[:count]].astype(np.float32)


if __name__ == "__main__":
    np.save(FILE, learn(training_patches()).astype(np.float16))
