"""Colour pictures as gray ones that a metric takes: their luminance, or each of their channels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aefusion.image.gray import grays


def channels(pictures: Sequence[Any], names: Sequence[str], each: bool = False) -> list[list[np.ndarray]]:
    """The pictures as float32 (H, W) in [0, 1], of one size: once, of which the luminance counts; or for each channel.

    ``each``: as VIFB and MEFB do where the last picture, the fused one, is colour: all pictures once for each of its
    channels, gray ones as they are. If all others are gray, its first channel counts alone. (H, W, 1) is gray.
    ``names``: what errors call the pictures, ValueError as `gray.grays` raises it.

    >>> red = np.zeros((2, 2, 3), np.uint8)
    >>> [len(channels([red, red, red], "abc", each)) for each in (True, False)]
    [3, 1]
    """
    flat = [picture[..., 0] if _one_channel(picture) else picture for picture in pictures]
    colour = [isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[2] == 3 for picture in flat]
    if not (each and colour[-1]):
        return [grays(flat, names)]
    count = 3 if len(flat) == 1 or any(colour[:-1]) else 1
    return [
        grays([picture[..., k] if of else picture for picture, of in zip(flat, colour, strict=True)], names)
        for k in range(count)
    ]


def _one_channel(picture: Any) -> bool:
    return isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[2] == 1
