import numpy as np

from aefusion.library.lp import laplacian_fuse
from aefusion.transforms.sparse_low_pass import sparse_low_pass


def lp_sr(
    a: np.ndarray,
    b: np.ndarray,
    *,
    levels: int = 4,
    overlap: int = 6,
    error: float = 0.1,
    dictionary: np.ndarray | None = None,
) -> np.ndarray:
    """Fusion in the Laplacian pyramid, with its low-pass band by sparse coding.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``levels``: number of detail bands. Sparse coding: patches
    overlap by ``overlap`` pixels and are coded to ``error`` gray levels of 255; ``dictionary``: float (64,
    n), an 8x8 patch a column (row by row), or of another square. Returns float32 (H, W) in [0, 1].

    Y. Liu, S. Liu, Z. Wang, 2015, A general framework for image fusion based on multi-scale transform and
    sparse representation. The authors' dictionary is not at hand; the default is one learned
    from other pictures. Which source wins a patch depends on it. Needs Numba.

    >>> picture = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> bool(np.allclose(lp_sr(picture, picture), picture, atol=1e-3))
    True
    """

    def fuse_low(low_a: np.ndarray, low_b: np.ndarray) -> np.ndarray:
        return sparse_low_pass(low_a, low_b, overlap=overlap, error=error, dictionary=dictionary)

    return laplacian_fuse(a, b, levels, fuse_low)
