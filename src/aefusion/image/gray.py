"""The one way in which an array becomes a gray picture: the door of every fusion method and every metric."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from aefusion.image.depth import to_depth

SLACK = 1e-6
"""How far rounding may carry a float picture out of [0, 1]; it is clipped then."""


def gray(picture: Any, name: str = "the picture", *, colour: bool = True) -> np.ndarray:
    """The picture as float32 (H, W) in [0, 1]; the same array if it is that already.

    ``picture``: uint8 (white is 255), uint16 (white is 65535), or any float in [0, 1]; (H, W), or (H, W, 3) in RGB, of
    which the luminance counts. ``colour=False`` refuses RGB. ``name`` is what errors call it.

    ValueError, one line that says what to do, for whatever else: no array, another shape or dtype, NaN, values out of
    range.

    >>> gray(np.array([[0, 255]], np.uint8)).tolist()
    [[0.0, 1.0]]
    >>> gray(np.array([[0.0, 51.0, 255.0]]), "a")
    Traceback (most recent call last):
    ...
    ValueError: a has values from 0 to 255: scale to [0, 1], or give uint8
    """
    if not isinstance(picture, np.ndarray):
        raise ValueError(f"{name} is {_kind(picture)}")
    shape, dtype = picture.shape, picture.dtype
    if 0 in shape or (picture.ndim != 2 and not (picture.ndim == 3 and shape[2] == 3)):
        raise ValueError(f"{name} has shape {shape}: expected (H, W){' or (H, W, 3)' if colour else ''}, not empty")
    if picture.ndim == 3 and not colour:
        raise ValueError(f"{name} has shape {shape}: give a gray picture (H, W); aefusion.fuse takes colour")
    if dtype.kind == "f":
        picture = _in_range(picture, name)
    elif dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{name} has dtype {dtype}: expected uint8, uint16, or float in [0, 1]")
    if picture.ndim == 2:
        return np.ascontiguousarray(to_depth(picture, np.float32))
    from aefusion.image.colour import luminance

    return luminance(picture)


def grays(pictures: Sequence[Any], names: Sequence[str] = (), *, colour: bool = True) -> list[np.ndarray]:
    """Each picture as `gray` has it; ValueError if their sizes differ. ``names``: a, b, c ... if none are given.

    >>> grays([np.zeros((2, 3)), np.zeros((3, 3))])
    Traceback (most recent call last):
    ...
    ValueError: a is 3x2, b is 3x3: both must have one size: resize them first
    """
    names = names or [chr(ord("a") + place % 26) for place in range(len(pictures))]
    result = [gray(picture, name, colour=colour) for picture, name in zip(pictures, names, strict=True)]
    if len({picture.shape for picture in result}) > 1:
        sizes = (f"{name} is {x.shape[1]}x{x.shape[0]}" for name, x in zip(names, result, strict=True))
        all_of_them = {2: "both", 3: "all three"}.get(len(result), "all")
        raise ValueError(f"{', '.join(sizes)}: {all_of_them} must have one size: resize them first")
    return result


def _kind(picture: Any) -> str:
    """What is not an array, and what to do about it."""
    if isinstance(picture, str | PathLike):
        return f"a path, {picture}: read the file first, aefusion.read({str(picture)!r}).pixels"
    kind = "None" if picture is None else f"of the type {type(picture).__module__}.{type(picture).__qualname__}"
    return f"{kind.replace('builtins.', '')}: give a NumPy array, uint8, uint16, or float in [0, 1]"


def _in_range(picture: np.ndarray, name: str) -> np.ndarray:
    """A float picture as float32, its values checked: the least and the largest of them say enough."""
    least, largest = float(picture.min()), float(picture.max())
    if not np.isfinite([least, largest]).all():
        count = int(np.count_nonzero(~np.isfinite(picture)))
        raise ValueError(f"{name} has {count} values that are NaN or infinite: replace them first")
    if least < -SLACK or largest > 1 + SLACK:
        raise ValueError(f"{name} has values from {least:g} to {largest:g}: scale to [0, 1], or give uint8")
    picture = picture.astype(np.float32, copy=False)
    return picture if least >= 0 and largest <= 1 else np.clip(picture, 0, 1)
