"""Changing the depth of a picture: uint8, uint16, float32."""

import numpy as np

DEPTHS = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
"""From the shallowest to the deepest."""


def white(dtype) -> int:
    """The value of white: 255, 65535 or 1."""
    dtype = np.dtype(dtype)
    return 1 if dtype.kind == "f" else int(np.iinfo(dtype).max)


def deepest(*dtypes) -> np.dtype:
    """The deepest of the dtypes.

    >>> deepest(np.uint16, np.uint8)
    dtype('uint16')
    """
    return max((np.dtype(dtype) for dtype in dtypes), key=DEPTHS.index)


def to_depth(pixels: np.ndarray, dtype) -> np.ndarray:
    """The same picture in another depth: scaled white to white, clipped, rounded to nearest.

    Any shape; uint8, uint16 or float32 in [0, 1]. Up and down again gives the same values.

    >>> to_depth(np.array([0, 1, 255], np.uint8), np.uint16)
    array([    0,   257, 65535], dtype=uint16)
    """
    dtype = np.dtype(dtype)
    if pixels.dtype == dtype:
        return pixels
    if pixels.dtype == np.uint8 and dtype == np.uint16:
        return pixels.astype(np.uint16) * np.uint16(257)
    scaled = pixels.astype(np.float32)
    if dtype.kind == "f":
        scaled /= np.float32(white(pixels.dtype))
        return scaled
    scaled *= np.float32(white(dtype) / white(pixels.dtype))
    np.clip(scaled, 0, white(dtype), out=scaled)
    return np.rint(scaled, out=scaled).astype(dtype)
