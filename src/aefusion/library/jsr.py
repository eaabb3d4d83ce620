import numpy as np

from aefusion.transforms.joint_sparse import check_dictionary, joint_code, l1, weight
from aefusion.transforms.patches import Patches


def jsr(
    a: np.ndarray,
    b: np.ndarray,
    *,
    dictionary: np.ndarray | None = None,
    atoms: int = 16,
    step: int = 1,
    as_reference: bool = False,
) -> np.ndarray:
    """Fusion by joint sparse representation: what both share, plus what each has alone by its strength.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``dictionary``: (size * size, atoms), a column an atom of size x
    size pixels in row order; without it the shipped one, 256 atoms of 7 x 7. ``atoms``: how many of them
    make up a place. ``step``: pixels between patches. Returns float32 (H, W) in [0, 1].

    ``as_reference`` repeats two slips of the public reference code, to get its values: what both share is
    sqrt(2) too bright, and a pixel is not the mean of its patches but a running one, most of it the last
    patch.

    Q. Zhang, Y. Fu, H. Li, J. Zou, 2013, Dictionary learning method for joint sparse representation-based
    image fusion.
    """
    dictionary = check_dictionary(dictionary)
    patches = Patches(a.shape, round(dictionary.shape[0] ** 0.5), step)
    common, alone_a, alone_b = joint_code(dictionary, patches.split(a), patches.split(b), atoms)
    strength_a, strength_b = l1(alone_a), l1(alone_b)
    if as_reference:
        common = 2**0.5 * common
    code = common + alone_a.multiply(weight(strength_a, strength_b)) + alone_b.multiply(weight(strength_b, strength_a))
    fused = patches.join((code.T @ dictionary.T).T, running=as_reference)
    return np.clip(fused, 0, 1).astype(np.float32)
