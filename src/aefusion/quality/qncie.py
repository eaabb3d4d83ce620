import numpy as np

from aefusion.quality.arrays import stretched
from aefusion.quality.mi import information


def qncie(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Qncie: the nonlinear correlation information entropy of both sources and ``fused``; 0.8 or so to 1.

    Each picture is stretched to 0..255 first. Pictures: float32 (H, W) in [0, 1].
    Source: Wang, Shen, Jin, 2008, Performance evaluation of image fusion techniques.

    >>> x = np.float32(np.random.default_rng(0).random((64, 64)))
    >>> 0.8 < qncie(x, x, x) < 1
    True
    """
    x, y, z = (stretched(picture).astype(np.uint8) for picture in (a, b, fused))
    xy, xz, yz = (information(*pair)[0] / 8 for pair in ((x, y), (x, z), (y, z)))
    eigenvalues = np.linalg.eigvalsh(np.array([[1, xy, xz], [xy, 1, yz], [xz, yz, 1]]))
    shares = eigenvalues[eigenvalues > 0] / 3
    return float(1 + (shares * np.log2(shares)).sum() / 8)
