import numpy as np
from scipy.sparse import csc_matrix

from aefusion.transforms.joint_sparse import check_dictionary, joint_code, l1, weight
from aefusion.transforms.patches import Patches


def jsrsd(
    a: np.ndarray,
    b: np.ndarray,
    *,
    dictionary: np.ndarray | None = None,
    atoms: int = 16,
    step: int = 1,
    local_share: float = 0.4,
    as_reference: bool = False,
) -> np.ndarray:
    """Fusion by joint sparse representation, each source's own part weighted by its saliency.

    As jsr, but the saliency of a place is ``local_share`` times how much its code differs from those around
    it (5 x 5 places), plus the rest times its code's own size.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``dictionary``: (size * size, atoms), a column an atom of size x
    size pixels in row order; without it the shipped one, 256 atoms of 7 x 7. ``atoms``: how many of them
    make up a place. ``step``: pixels between patches. Returns float32 (H, W) in [0, 1].

    ``as_reference`` repeats a slip of the public reference code, to get its values: a pixel is not the mean
    of its patches but a running one, most of it the last patch, so that the picture is rough.

    C. H. Liu, Y. Qi, W. R. Ding, 2017, Infrared and visible image fusion method based on saliency detection
    in sparse domain.
    """
    dictionary = check_dictionary(dictionary)
    patches = Patches(a.shape, round(dictionary.shape[0] ** 0.5), step)
    common, alone_a, alone_b = joint_code(dictionary, patches.split(a), patches.split(b), atoms)
    saliency_a = _saliency(alone_a, patches.grid, local_share)
    saliency_b = _saliency(alone_b, patches.grid, local_share)
    code = common + alone_a.multiply(weight(saliency_a, saliency_b)) + alone_b.multiply(weight(saliency_b, saliency_a))
    fused = patches.join((code.T @ dictionary.T).T, running=as_reference)
    return np.clip(fused, 0, 1).astype(np.float32)


def _saliency(code: csc_matrix, grid: tuple[int, int], local_share: float) -> np.ndarray:
    """(N,): the mix of local and global saliency; in the outer two rows and columns the global alone."""
    size = l1(code).reshape(grid)
    if min(grid) < 5:
        return size.ravel()
    inside = (slice(2, -2), slice(2, -2))
    saliency = size.copy()
    saliency[inside] = local_share * (1 - np.exp(-_contrast(code, grid)[inside])) + (1 - local_share) * size[inside]
    return saliency.ravel()


def _contrast(code: csc_matrix, grid: tuple[int, int]) -> np.ndarray:
    """The mean distance of a place's code to its 24 neighbours' codes, the near ones counted more."""
    rows, columns = grid
    dense = code.T.toarray().reshape(rows, columns, -1)
    energy = np.einsum("yxn,yxn->yx", dense, dense)
    contrast = np.zeros(grid, energy.dtype)
    for dy, dx in [(0, 1), (0, 2), *((dy, dx) for dy in (1, 2) for dx in range(-2, 3))]:
        here = slice(0, rows - dy), slice(max(0, -dx), columns - max(0, dx))
        there = slice(dy, rows), slice(max(0, dx), columns - max(0, -dx))
        product = np.einsum("yxn,yxn->yx", dense[here], dense[there])
        distance = np.sqrt(np.maximum(energy[here] + energy[there] - 2 * product, 0))
        distance /= 1 + 2 * np.hypot(dy, dx)
        contrast[here] += distance
        contrast[there] += distance
    return contrast / 24
