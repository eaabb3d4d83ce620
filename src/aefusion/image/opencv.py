"""Decoding through OpenCV."""

import numpy as np

from aefusion.image.formats import Damaged


def decode_with_opencv(data: bytes, kind: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels (gray or RGB) and alpha in the bytes of a file, as stored, not turned; Damaged if it cannot be decoded.

    OpenCV and libpng write on the terminal what they think of a damaged file: for WebP they do not, PNG and BMP files
    have to be checked before.
    """
    import cv2

    try:
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        stored = None
    if stored is None:
        raise Damaged(kind)
    if stored.ndim == 2:
        return stored, None
    if stored.shape[2] == 3:
        return cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), None
    return cv2.cvtColor(stored, cv2.COLOR_BGRA2RGB), np.ascontiguousarray(stored[..., 3])
