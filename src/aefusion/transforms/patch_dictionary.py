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


def training_patches(count: int = 20000) -> np.ndarray:
    """float32 (64, count): patches without their means, flat ones left out."""
    from aefusion.transforms.learned_arrays import pictures
    from aefusion.transforms.patches import Patches

    patches = np.hstack([Patches(picture.shape, UNIT, 2).split(picture) for picture in pictures()])
    patches = patches - patches.mean(axis=0)
    patches = patches[:, np.linalg.norm(patches, axis=0) > 0.1]
    return patches[:, np.random.default_rng(0).permutation(patches.shape[1])[:count]].astype(np.float32)


def learn() -> None:
    """Learn the dictionary and write it to ``FILE``, in float16."""
    from aefusion.transforms.learn_dictionary import optimal_directions

    np.save(FILE, optimal_directions(training_patches(), size=ATOMS, atoms=5, rounds=25).astype(np.float16))


if __name__ == "__main__":
    learn()
