"""OpenEXR files, which hold float32 in linear light; written by the package of that name, where it is installed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.image.linear_light import is_linear, to_linear
from aefusion.image.picture import Picture


def has_exr() -> bool:
    """Whether OpenEXR is installed."""
    return find_spec("OpenEXR") is not None


def write_exr(path: Path, picture: Picture) -> None:
    """Write a picture: float32, compressed without loss, alpha beside, in linear light, whatever it was.

    Values beyond white stay. The primaries are those of sRGB (Rec. 709), which is what OpenEXR takes where none are
    stated. The size of a pixel in inches stands in the header.
    """
    import OpenEXR

    pixels = to_depth(picture.pixels, np.float32)
    if not picture.measured and not is_linear(picture.metadata.icc):
        pixels = to_linear(pixels)
    channels = {"RGB": np.ascontiguousarray(pixels)} if picture.is_colour else {"Y": np.ascontiguousarray(pixels)}
    if picture.alpha is not None:
        channels["A"] = np.ascontiguousarray(to_depth(picture.alpha, np.float32))
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    scale = picture.metadata.scale
    if scale and (density := scale.in_unit("inch")):
        header["xDensity"] = float(density[0])
    OpenEXR.File(header, channels).write(str(path))
