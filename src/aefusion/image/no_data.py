"""Where a thermal picture has no data, another source is seen instead of it."""

from collections.abc import Sequence
from dataclasses import replace

from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth, white
from aefusion.image.picture import Picture


def without_gaps(pictures: Sequence[Picture], thermal: Sequence[bool], reference: int) -> list[Picture]:
    """The pictures, all of one size; in a thermal one, what is not opaque shows the luminance of another one.

    ``thermal``: which pictures are. The other one is that of the position ``reference``, or for that one itself the
    first of the rest. Its transparency holds there too, so that only what no source shows stays transparent.

    >>> import numpy as np
    >>> a = Picture(np.full((1, 2), 70, np.uint8))
    >>> b = Picture(np.array([[9, 0]], np.uint16), np.array([[65535, 0]], np.uint16))
    >>> without_gaps([a, b], [False, True], 0)[1].pixels.tolist()
    [[9, 17990]]
    """
    return [
        _over(picture, pictures[reference if i != reference else int(reference == 0)])
        if yes and picture.alpha is not None
        else picture
        for i, (picture, yes) in enumerate(zip(pictures, thermal, strict=True))
    ]


def _over(picture: Picture, other: Picture) -> Picture:
    dtype = picture.pixels.dtype
    if picture.alpha is None or picture.alpha.min() == white(dtype):
        return replace(picture, alpha=None)
    # At the rim interpolation has mixed values with others that mean nothing.
    gap = picture.alpha < white(dtype)
    pixels, alpha = picture.pixels.copy(), picture.alpha.copy()
    pixels[gap] = to_depth(luminance(other.pixels)[gap], dtype)
    alpha[gap] = white(dtype) if other.alpha is None else to_depth(other.alpha, dtype)[gap]
    return replace(picture, pixels=pixels, alpha=None if alpha.min() == white(dtype) else alpha)
