import numpy as np


def msvd(a: np.ndarray, b: np.ndarray, *, stretch: bool = False) -> np.ndarray:
    """Fusion in one level of the multi-resolution singular value decomposition.

    The 2x2 blocks of a source, as columns of a matrix, turned by its left singular vectors: the first row
    is the low-pass band, of which the mean is taken, the others are details, of which the stronger one is.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``stretch``: whether the result is stretched to the whole of [0,
    1], as public reference code does. Returns float32 (H, W) in [0, 1].

    V. Naidu, 2011, Image fusion technique using multi-resolution singular value decomposition. The signs of
    singular vectors are arbitrary and the method takes the mean of both sources' vectors: here each vector
    of ``b`` points the way its counterpart of ``a`` does, so that they do not cancel.

    >>> picture = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> bool(np.allclose(msvd(picture, picture), picture, atol=1e-6))
    True
    """
    height, width = a.shape
    (vectors_a, bands_a), (vectors_b, bands_b) = _decompose(a), _decompose(b)
    signs = np.where(np.sum(vectors_a * vectors_b, axis=0) < 0, -1, 1).astype(np.float32)
    vectors_b, bands_b = vectors_b * signs, bands_b * signs[:, None, None]
    fused = np.where(np.abs(bands_b) > np.abs(bands_a), bands_b, bands_a)
    fused[0] = (bands_a[0] + bands_b[0]) / 2
    vectors = (vectors_a + vectors_b) / 2
    picture = np.empty((2 * fused.shape[1], 2 * fused.shape[2]), np.float32)
    for pixel, row in zip(_pixels(picture), vectors, strict=True):
        pixel[:] = np.tensordot(row, fused, 1)
    picture = picture[:height, :width]
    if stretch and np.ptp(picture) > 0:
        picture = (picture - picture.min()) / np.ptp(picture)
    return np.clip(picture, 0, 1)


def _decompose(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The left singular vectors (4, 4) of the blocks, and the blocks turned by them, (4, H / 2, W / 2)."""
    picture = np.pad(picture, [(0, side % 2) for side in picture.shape], mode="symmetric")
    blocks = np.stack(_pixels(picture))
    columns = blocks.reshape(4, -1).astype(np.float64)
    _, vectors = np.linalg.eigh(columns @ columns.T)
    vectors = vectors[:, ::-1].astype(np.float32)
    return vectors, np.tensordot(vectors.T, blocks, 1)


def _pixels(picture: np.ndarray) -> list[np.ndarray]:
    """The four pixels of all 2x2 blocks, down the first column and then the second."""
    return [picture[row::2, column::2] for column in (0, 1) for row in (0, 1)]
