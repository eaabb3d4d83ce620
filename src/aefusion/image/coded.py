"""PNG, JPEG, WebP and BMP, in memory."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from aefusion.image.bmp import checked_bmp
from aefusion.image.density import density_of, png_density, with_density
from aefusion.image.depth import to_depth
from aefusion.image.exif import reset_orientation, shortened, upright_exif, with_resolution
from aefusion.image.icc import usable_icc
from aefusion.image.jpeg import XMP, decode_jpeg, jpeg_metadata
from aefusion.image.opencv import decode_with_opencv
from aefusion.image.orientation import upright
from aefusion.image.picture import Metadata, Picture
from aefusion.image.png import decode_png, png_chunks, png_metadata, png_with
from aefusion.image.scale import Scale
from aefusion.image.webp import webp_metadata
from aefusion.image.xmp import kept_xmp

# A JPEG segment holds 65,533 bytes; each kind of block spends some on its name.
_JPEG_LIMITS = {"exif": 65527, "xmp": 65504, "icc": 65519}
_FULL_COLOUR = 90
_LONGEST_SIDES = {"jpeg": 65500, "webp": 16383, "png": 1_000_000, "bmp": 1_000_000}


def decode(data: bytes, kind: str, warn: Callable[[str], object]) -> Picture:
    """The picture in the bytes of a PNG, JPEG, WebP or BMP file, upright; ValueError 'what is wrong: what to do'.

    ``warn`` is called with one line if it was decoded all the same, but something is wrong with it.
    """
    alpha, metadata, chunks = None, Metadata(), []
    if kind == "jpeg":
        pixels, metadata = decode_jpeg(data, warn), jpeg_metadata(data)
    elif kind == "png":
        chunks = png_chunks(data)
        (pixels, alpha), metadata = decode_png(chunks), png_metadata(chunks)
    elif kind == "webp":
        (pixels, alpha), metadata = decode_with_opencv(data, kind), webp_metadata(data)
    else:
        pixels, alpha = decode_with_opencv(checked_bmp(data), kind)
    try:
        orientation, exif = reset_orientation(metadata.exif)
    except ValueError:
        orientation, exif = 1, b""
    scale = density_of(data, kind, metadata.exif, chunks)
    metadata = Metadata(exif, metadata.icc, kept_xmp(metadata.xmp), scale.turned(orientation) if scale else None)
    return Picture(upright(pixels, orientation), None if alpha is None else upright(alpha, orientation), metadata)


def encode(picture: Picture, kind: str, quality: int) -> bytes:
    """The bytes of a PNG, JPEG, WebP or BMP file; ValueError 'what is wrong: what to do'."""
    import cv2

    pixels, alpha = picture.pixels, picture.alpha
    dtype = np.uint8 if kind != "png" or pixels.dtype == np.uint8 else np.uint16
    pixels = to_depth(pixels, dtype)
    if alpha is not None and kind in ("png", "webp"):
        colour = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
        stored = cv2.cvtColor(np.dstack([colour, to_depth(alpha, dtype)]), cv2.COLOR_RGBA2BGRA)
    else:
        stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    parameters = {
        "jpeg": [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _sampling(quality)],
        # Above 100 is OpenCV's way to ask for lossless WebP.
        "webp": [cv2.IMWRITE_WEBP_QUALITY, quality if quality < 100 else 101],
    }.get(kind, [])
    height, width = stored.shape[:2]
    channels = 3 if stored.ndim == 3 or kind == "webp" else 1
    metadata = replace(
        picture.metadata,
        exif=_with_its_resolution(upright_exif(picture.metadata.exif), picture.metadata.scale, kind),
        icc=usable_icc(picture.metadata.icc, channels),
    )
    data = b""
    if max(height, width) <= _LONGEST_SIDES[kind]:
        data = _encode(stored, kind, _blocks(metadata, kind), parameters)
    if not data:
        raise ValueError(f"{width}x{height} pixels cannot be written as {kind.upper()}: write .png or .tif")
    # OpenCV would store XMP as plain text, and print what libpng says of the profile.
    if kind == "png":
        return png_with(data, metadata, png_density(metadata.scale))
    return with_density(data, kind, metadata.scale)


def _sampling(quality: int) -> int:
    """Colour in full resolution from this quality on; else half of it each way, as JPEG usually has."""
    import cv2

    whole = quality >= _FULL_COLOUR
    return cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if whole else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420


def _with_its_resolution(exif: bytes, scale: Scale | None, kind: str) -> bytes:
    """The EXIF block with the resolution of the picture. A WebP file has no other place for it."""
    if scale is None or not scale.density or not (exif or kind == "webp"):
        return exif
    if scale.unit == "cm":
        return with_resolution(exif, *scale.density, 3)
    known = scale.in_unit("inch")
    return with_resolution(exif, *known, 2) if known else exif


def _blocks(metadata: Metadata, kind: str) -> dict[str, bytes]:
    """The metadata that OpenCV is to write."""
    if kind in ("bmp", "png"):
        return {}
    blocks = {"exif": metadata.exif, "xmp": metadata.xmp, "icc": metadata.icc}
    if kind == "jpeg":
        blocks["exif"] = shortened(blocks["exif"], _JPEG_LIMITS["exif"])
        blocks = {key: block for key, block in blocks.items() if len(block) <= _JPEG_LIMITS[key]}
        if blocks.get("xmp"):
            blocks["xmp"] = XMP + blocks["xmp"]
    return {key: block for key, block in blocks.items() if block}


def _encode(stored: np.ndarray, kind: str, blocks: dict[str, bytes], parameters: list[int]) -> bytes:
    import cv2

    codes = {"exif": cv2.IMAGE_METADATA_EXIF, "xmp": cv2.IMAGE_METADATA_XMP, "icc": cv2.IMAGE_METADATA_ICCP}
    try:
        _, data = cv2.imencodeWithMetadata(
            "." + kind,
            stored,
            [codes[key] for key in blocks],
            [np.frombuffer(block, np.uint8) for block in blocks.values()],
            parameters,
        )
    except cv2.error:
        return b""
    return np.asarray(data).tobytes()
