"""TIFF through tifffile, in memory; it decodes by imagecodecs."""

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np

from aefusion.image.exif import (
    ICC,
    XMP,
    byte_order,
    exif_into_tiff,
    exif_of_tiff,
    first_directory,
    upright_exif,
)
from aefusion.image.icc import usable_icc
from aefusion.image.picture import Metadata, Picture
from aefusion.image.tiff_channels import ome_sizes
from aefusion.image.tiff_page import picture_of, stored_page
from aefusion.image.tiff_parts import Refused
from aefusion.image.tiff_scale import resolution_options
from aefusion.image.xmp import kept_xmp

# tifffile warns through its logger, which without a handler ends on the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def read_tiff(data: bytes, measured: bool, warn: Callable[[str], object]) -> Picture:
    """The picture in the bytes of a TIFF file; ValueError 'what is wrong: what to do'.

    8 and 16 bit, 1 to 15 bits scaled up to them, floats in [0, 1]; strips, tiles, planes; gray, RGB, palette,
    one alpha channel. Several pages are refused; thumbnails beside the picture are not pages. `measured`: gray of other
    numbers is taken as measured values, and what has no data is transparent. `warn`: see `decode_jpeg`.
    """
    import tifffile

    try:
        with tifffile.TiffFile(BytesIO(data)) as tiff:
            every: list[Any] = [tiff.pages[i] for i in range(len(tiff.pages))]  # an iterator might go in a circle
            pages = [page for page in every if not (page.is_reduced or page.is_mask)]
            if not pages:
                raise ValueError("it holds no page")
            if len(pages) > 1:
                raise Refused(
                    f"holds {len(pages)} pages: save the one that is meant as a file of its own, or fuse all pages of "
                    "this one file with `aefusion stack`"
                )
            stored = stored_page(pages[0], data, warn)
    except Refused:
        raise
    except Exception as error:  # A damaged file makes tifffile raise nearly anything.
        raise ValueError(f"damaged or cut off, it cannot be decoded as TIFF ({error}): copy it again") from None
    return picture_of(stored, measured, warn, tiff_metadata(data))


def tiff_metadata(data: Any) -> Metadata:
    """What the first directory of a classic TIFF file says beside its pixels; nothing where it is a BigTIFF."""
    try:
        blocks = {tag.code: tag.data for tag in first_directory(data) if isinstance(tag.data, bytes)}
        exif = exif_of_tiff(data)
    except ValueError:  # BigTIFF, or damaged beside its pixels
        return Metadata()
    return Metadata(exif, blocks.get(ICC, b""), kept_xmp(blocks.get(XMP, b"").rstrip(b"\0")))


def encode_tiff(picture: Picture, ome: bool = False) -> bytes:
    """The bytes of a TIFF file of the picture's depth: deflate, with differences for integers.

    ``ome``: with OME-XML.
    """
    import tifffile

    pixels, exif = picture.pixels, upright_exif(picture.metadata.exif)
    if picture.measured and picture.kind and picture.kind != pixels.dtype.name:
        pixels = _as_kind(pixels, np.dtype(picture.kind))
    order: Any = byte_order(exif) if exif else "<"
    stored = pixels if picture.alpha is None else np.dstack([pixels, picture.alpha.astype(pixels.dtype)])
    options = resolution_options(picture.metadata.scale)
    if ome:
        options.pop("description", None)
        options |= {
            "ome": True,
            "metadata": {"axes": "YX" if stored.ndim == 2 else "YXS", **ome_sizes(picture.metadata.scale)},
        }
    if picture.alpha is not None:
        options["extrasamples"] = ["unassalpha"]
    if stored.ndim == 3:
        options["planarconfig"] = "contig"
    if xmp := picture.metadata.xmp:
        options.setdefault("extratags", []).append((XMP, 1, len(xmp), xmp, True))
    options.setdefault("metadata", None)
    out = BytesIO()
    tifffile.imwrite(
        out,
        stored,
        photometric="rgb" if picture.is_colour else "minisblack",
        byteorder=order,
        compression="zlib",
        # The higher levels take up to seven times as long for a tenth less.
        compressionargs={"level": 1},
        predictor=pixels.dtype.kind == "u",
        iccprofile=usable_icc(picture.metadata.icc, 3 if picture.is_colour else 1) or None,
        software=False,
        **options,
    )
    data = out.getvalue()
    try:
        return exif_into_tiff(data, exif) if exif else data
    except ValueError:  # damaged EXIF, or a BigTIFF (above 4 GB)
        return data


def _as_kind(values: np.ndarray, kind: np.dtype) -> np.ndarray:
    """Measured values in the dtype in which they were stored: integers are rounded, and stay in their range."""
    if kind.kind not in "iu":
        return values.astype(kind)
    limits = np.iinfo(kind)
    return np.clip(np.rint(values.astype(np.float64)), limits.min, limits.max).astype(kind)
