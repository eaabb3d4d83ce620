"""Resizing by Keys' cubic kernel, without aliasing where a picture shrinks."""

import numpy as np
from scipy.sparse import csr_array


def cubic_resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """``picture``, float (H, W), at another size by Keys' cubic kernel (1981).

    The picture is mirrored at its border; where it shrinks the kernel is widened, so that nothing aliases.
    Returns the same type, (``height``, ``width``).

    >>> import numpy as np
    >>> bool(np.allclose(cubic_resize(np.full((5, 7), 0.3), 9, 4), 0.3))
    True
    """
    rows, columns = _weights(picture.shape[0], height), _weights(picture.shape[1], width)
    return np.ascontiguousarray((columns @ (rows @ picture).T).T, picture.dtype)


def _weights(length: int, new_length: int) -> csr_array:
    """How much each pixel of a line counts in each pixel of the resized line: (new_length, length)."""
    scale = new_length / length
    shrink = min(scale, 1.0)
    centre = (np.arange(new_length) + 0.5) / scale - 0.5
    reach = int(np.ceil(2 / shrink)) + 1
    source = np.floor(centre)[:, None].astype(np.intp) + np.arange(-reach, reach + 1)
    weight = _cubic(shrink * (source - centre[:, None]))
    weight /= weight.sum(axis=1, keepdims=True)
    mirrored = source % (2 * length)
    mirrored = np.where(mirrored < length, mirrored, 2 * length - 1 - mirrored)
    lines = np.broadcast_to(np.arange(new_length)[:, None], mirrored.shape)
    entries = weight.astype(np.float32).ravel(), (lines.ravel(), mirrored.ravel())
    return csr_array(entries, shape=(new_length, length))


def _cubic(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))
