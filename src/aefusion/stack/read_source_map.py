from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError
from aefusion.stack.source_map import palette

FAR = 40.0
"""A colour further than this from all those of the map (of 255, over three channels) is none of them."""
STRAY = 0.01
"""So large a share of a map may have colours between two of it, as brushes with soft edges leave them."""


def read_source_map(path: str | PathLike[str], count: int, shape: tuple[int, ...]) -> np.ndarray:
    """A map of sources as `write_source_map` wrote it, and perhaps somebody painted on it; the indices, (H, W).

    ``count``: how many pictures the stack has. ``shape``: that of the map. Indices are read from gray PNG files, and
    the nearest colours of the map from those in colour, in whatever order an editor put its palette. FileError, one
    line, if it is no such map.
    """
    import cv2

    advice = "give a PNG that `save_map` wrote, edited or not"
    try:
        data = np.frombuffer(Path(path).read_bytes(), np.uint8)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", advice) from None
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data[:8].tobytes() == b"\x89PNG\r\n\x1a\n" else None
    if pixels is None:
        raise FileError(path, "is no PNG file", advice)
    if pixels.shape[:2] != shape[:2]:
        sizes = ["{}x{}".format(*one[1::-1]) for one in (pixels.shape, shape)]
        raise FileError(path, f"is {sizes[0]}, the result is {sizes[1]}", "give the map of this stack")
    if pixels.ndim == 2:
        if int(pixels.max()) >= count:
            raise FileError(path, f"has the index {pixels.max()}, and {count - 1} is the last picture", advice)
        return pixels
    if pixels.dtype != np.uint8:
        raise FileError(path, f"has {pixels.dtype} colours", "save it with 8 bits a channel")
    if count > 256:
        raise FileError(path, "has colours, and a map of so many pictures has none", advice)
    return _nearest(path, np.ascontiguousarray(pixels[..., 2::-1]), count)


def _nearest(path: str | PathLike[str], colours: np.ndarray, count: int) -> np.ndarray:
    """The index of the colour of the map that is nearest to each pixel, (H, W) uint8."""
    codes = colours.reshape(-1, 3).astype(np.int32) @ np.array([65536, 256, 1])
    found, where = np.unique(codes, return_inverse=True)
    painted = np.stack([found >> 16, found >> 8 & 255, found & 255], 1).astype(float)
    distances = np.linalg.norm(painted[:, None] - palette(count)[None].astype(float), axis=2)
    stray = float((distances.min(1) > FAR)[where].mean())
    if stray > STRAY:
        raise FileError(
            path, f"{stray:.0%} of it has colours that no picture has in the map", "paint with colours picked from it"
        )
    return distances.argmin(1)[where].reshape(colours.shape[:2]).astype(np.uint8)
