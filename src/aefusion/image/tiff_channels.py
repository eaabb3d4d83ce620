"""Several channels as one TIFF file: an ImageJ hyperstack, or OME-TIFF."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.image.picture import Picture
from aefusion.image.scale import METRES, Scale


def encode_channels(pictures: Mapping[str, Picture], software: str, ome: bool) -> bytes:
    """The bytes of a TIFF file of gray pictures of one size, by the names of their channels.

    ``ome``: as OME-TIFF, else as ImageJ writes it. Both have the size of a pixel. ValueError for colour.
    """
    import tifffile

    first = next(iter(pictures.values()))
    if any(one.is_colour for one in pictures.values()):
        raise ValueError("channels in colour cannot be written into one file: choose one with `channel`")
    if len({one.pixels.dtype for one in pictures.values()}) > 1:
        pictures = {name: _as_float(one) for name, one in pictures.items()}
    stack = np.stack([one.pixels for one in pictures.values()])
    kind = first.kind if first.measured and first.kind else stack.dtype.name
    if ome and kind != stack.dtype.name and np.dtype(kind).kind in "iu":
        limits = np.iinfo(kind)
        stack = np.clip(np.rint(stack), limits.min, limits.max).astype(kind)
    scale = first.metadata.scale
    names = list(pictures)
    out = BytesIO()
    if ome:
        metadata: dict[str, Any] = {"axes": "CYX", "Channel": {"Name": names}, **ome_sizes(scale)}
        tifffile.imwrite(out, stack, ome=True, metadata=metadata, software=software, compression="zlib")
        return out.getvalue()
    metadata = {"axes": "CYX", "mode": "composite", "Labels": names}
    options: dict[str, Any] = {}
    if scale and scale.density and scale.unit:
        options["resolution"] = scale.density
        metadata["unit"] = scale.unit
        if scale.step:
            metadata["spacing"] = scale.step
    tifffile.imwrite(out, stack, imagej=True, metadata=metadata, software=software, **options)
    return out.getvalue()


def ome_sizes(scale: Scale | None) -> dict[str, Any]:
    """What OME-XML says of a scale, by the names of its attributes."""
    known = scale.in_unit("um") if scale else None
    if scale is None or known is None:
        return {}
    across, down = (1 / value for value in known)
    sizes = {"X": across, "Y": down}
    if scale.step:
        sizes["Z"] = scale.step * METRES[scale.unit] / METRES["um"]
    stated: dict[str, Any] = {f"PhysicalSize{axis}": float(f"{size:.9g}") for axis, size in sizes.items()}
    return stated | {f"PhysicalSize{axis}Unit": "µm" for axis in sizes}


def _as_float(picture: Picture) -> Picture:
    return replace(picture, pixels=to_depth(picture.pixels, np.float32), alpha=None)
