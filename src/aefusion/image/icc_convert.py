"""Colours brought from one profile to another, by LittleCMS in imagecodecs."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.image.icc import usable_icc
from aefusion.image.linear_light import linear_profile, to_linear
from aefusion.image.picture import Picture

SRGB = "sRGB"
"""What a picture without a profile is taken for."""


def in_profile(picture: Picture, icc: bytes) -> tuple[Picture, str]:
    """A colour picture with its colours in another profile, and from what they were converted; empty if they were not.

    ``icc``: the profile, empty for sRGB. A picture whose own profile means the same colours stays as it is, but for the
    profile that it names. Relative colorimetric, with black point compensation.
    """
    own = usable_icc(picture.metadata.icc, 3)
    if not picture.is_colour or own == icc or _same(own, icc):
        return picture, ""
    pixels = np.clip(_transform(picture.pixels, own, icc), 0, 1 if picture.pixels.dtype == np.float32 else None)
    changed = replace(picture, pixels=pixels, metadata=replace(picture.metadata, icc=icc))
    return changed, f"{profile_name(own)} to {profile_name(icc)}"


def in_linear_light(picture: Picture) -> Picture:
    """A picture as float32 whose values are proportional to light, with a profile that says so.

    Gray is taken for that of sRGB. ValueError for measured values.
    """
    if picture.measured:
        raise ValueError("counts are no picture in sRGB: leave `linear` out")
    alpha = None if picture.alpha is None else to_depth(picture.alpha, np.float32)
    picture = replace(picture, pixels=to_depth(picture.pixels, np.float32), alpha=alpha)
    if picture.is_colour:
        return in_profile(picture, linear_profile())[0]
    metadata = replace(picture.metadata, icc=linear_profile())
    return replace(picture, pixels=to_linear(picture.pixels), metadata=metadata)


def of_one_profile(pictures: Sequence[Picture], names: Sequence[str], warn: Callable[[str], object]) -> list[Picture]:
    """Pictures with their colours in the profile of the first colour picture; those without a profile stay as they are.

    ``warn`` is called with a line that names each picture whose colours were converted.
    """
    first = next((one for one in pictures if one.is_colour and one.metadata.icc), None)
    result = []
    for picture, name in zip(pictures, names, strict=True):
        if first is not None and picture.is_colour and picture.metadata.icc:
            picture, how = in_profile(picture, first.metadata.icc)
            if how:
                warn(f"{name}: its colours were converted from the profile {how}, that of the first")
        result.append(picture)
    return result


@cache
def _same(one: bytes, other: bytes) -> bool:
    """Whether two profiles mean the same colours, to half a level of 255 in the mean and two at most.

    A profile that LittleCMS cannot use is taken for any.
    """
    import imagecodecs

    steps = np.arange(0, 256, 51, dtype=np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    try:
        change = np.abs(_transform(grid, one, other).astype(int) - grid)
    except imagecodecs.CmsError:
        return True
    return bool(change.max() <= 2 and change.mean() <= 0.5)


def _transform(pixels: np.ndarray, one: bytes, other: bytes) -> np.ndarray:
    import imagecodecs

    names = [_profile(icc) for icc in (one, other)]
    return imagecodecs.cms_transform(
        np.ascontiguousarray(pixels), *names, colorspace="rgb", outcolorspace="rgb", intent=1,
        flags=imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION,
    )  # fmt: skip


def _profile(icc: bytes) -> bytes:
    import imagecodecs

    return icc or imagecodecs.cms_profile("srgb")


def profile_name(icc: bytes) -> str:
    """The name of a profile (tag 'desc'); sRGB for none, "another profile" where it does not say.

    Source: ICC.1:2001, 6.5.17, and ICC.1:2022, 10.15.
    """
    if not icc:
        return SRGB
    for at in range(132, 132 + 12 * struct.unpack_from(">I", icc, 128)[0], 12):
        if icc[at : at + 4] == b"desc":
            start, size = struct.unpack_from(">2I", icc, at + 4)
            block = icc[start : start + size]
            if block[:4] == b"desc":
                text = block[12 : 12 + struct.unpack_from(">I", block, 8)[0]].decode("latin-1")
            else:
                length, offset = struct.unpack_from(">2I", block, 20)
                text = block[offset : offset + length].decode("utf-16-be", "replace")
            if text := text.strip("\0 "):
                return text
    return "another profile"
