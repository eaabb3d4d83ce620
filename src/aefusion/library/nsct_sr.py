from collections.abc import Sequence

import numpy as np

from aefusion.library.nsct import contourlet_fuse
from aefusion.transforms.sparse_low_pass import sparse_low_pass


def nsct_sr(
    a: np.ndarray,
    b: np.ndarray,
    *,
    directions: Sequence[int] = (2,),
    overlap: int = 6,
    error: float = 0.1,
    dictionary: np.ndarray | None = None,
) -> np.ndarray:
    """Fusion in the nonsubsampled contourlet transform, with its low-pass band by sparse coding.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``directions``: for each scale, from coarse to fine, the number
    of times that its directions are halved. Sparse coding: patches overlap by ``overlap`` pixels and are
    coded to ``error`` gray levels of 255; ``dictionary``: float (64, n), an 8x8 patch a column (row by
    row), or of another square. Returns float32 (H, W) in [0, 1].

    Y. Liu, S. Liu, Z. Wang, 2015, A general framework for image fusion based on multi-scale transform and
    sparse representation. The authors' dictionary is not at hand; the default is one learned
    from other pictures. Which source wins a patch depends on it. Needs Numba.

    >>> picture = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> bool(np.allclose(nsct_sr(picture, picture), picture, atol=1e-3))
    True
    """

    def fuse_low(low_a: np.ndarray, low_b: np.ndarray) -> np.ndarray:
        return sparse_low_pass(low_a, low_b, overlap=overlap, error=error, dictionary=dictionary)

    return contourlet_fuse(a, b, directions, fuse_low)
