"""The low-pass band by sparse coding, for the methods that join a transform and sparse coding."""

import numpy as np

from aefusion.transforms.patch_dictionary import patch_dictionary
from aefusion.transforms.patches import Patches


def sparse_low_pass(
    a: np.ndarray, b: np.ndarray, *, overlap: int, error: float, dictionary: np.ndarray | None
) -> np.ndarray:
    """Of each pair of patches the one whose code has the larger sum of magnitudes; the mean of overlaps.

    Y. Liu, S. Liu, Z. Wang, 2015, A general framework for image fusion based on multi-scale transform and
    sparse representation. The patches are coded without their means. A tie goes to ``a``.

    ``a``, ``b``: float32 (H, W). ``overlap``: by how many pixels patches overlap. ``error``: length of a
    patch's residual, in gray levels of 255. ``dictionary``: (unit * unit, n), by default
    patch_dictionary().
    """
    from aefusion.transforms.matching_pursuit import matching_pursuit

    atoms = patch_dictionary() if dictionary is None else np.asarray(dictionary, np.float64)
    unit = round(atoms.shape[0] ** 0.5) if atoms.ndim == 2 else 0
    if unit < 1 or unit**2 != atoms.shape[0]:
        raise ValueError(f"dictionary is {atoms.shape}: give a column per atom, a square patch's pixels")
    if not 0 <= overlap < unit:
        raise ValueError(f"overlap is {overlap}: give 0 to {unit - 1}, less than the side of a patch")
    if error <= 0:
        raise ValueError(f"error is {error}: give more than 0")
    atoms = atoms / np.linalg.norm(atoms, axis=0)
    patches = Patches(a.shape, unit, unit - overlap)
    columns = np.hstack([patches.split(a), patches.split(b)])
    means = columns.mean(axis=0)
    activity, coded = matching_pursuit(atoms, columns - means, error / 255)
    coded += means
    count = patches.grid[0] * patches.grid[1]
    chosen = np.where(activity[count:] > activity[:count], coded[:, count:], coded[:, :count])
    return patches.join(chosen).astype(np.float32)
