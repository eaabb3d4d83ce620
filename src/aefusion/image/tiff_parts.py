"""Strips and tiles of a TIFF page whose decoders pass over what is missing, JPEG and fax: here it is told.

The decoders in imagecodecs fill up with gray or white what a JPEG or a fax lacks, and say nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from aefusion.image.fax import fax_decode
from aefusion.image.jpeg import decode_jpeg, jpeg_structure, segments

_T4_OPTIONS = 292
_OTHER_FRAMES = {0xC3, 0xC9, 0xCA, 0xCB}
"""Lossless, and arithmetic coding."""
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Refused(ValueError):
    """A sound file that is not read."""


def check_jpeg(page: Any, data: bytes, warn: Callable[[str], object]) -> None:
    """ValueError if a strip or tile of a `tifffile.TiffPage` of JPEG lacks data, which its decoder would not miss.

    ``data``: the file. ``warn`` is called with one line where data of a JPEG are wrong but none are missing. `Refused`
    for a JPEG of which that cannot be told: of more than 8 bits, lossless, or with transparency.
    """
    for at, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        _check_jpeg(data[at : at + size], page, warn)


def _check_jpeg(part: bytes, page: Any, warn: Callable[[str], object]) -> None:
    """By libjpeg-turbo through simplejpeg, which tells what is wrong. What several parts share is kept in a tag."""
    whole = (page.jpegtables or b"\xff\xd8\xff\xd9")[:-2] + part[2:]
    markers = {marker for marker, _, _ in segments(whole)}
    structure = jpeg_structure(whole)
    if page.bitspersample != 8 or structure.components not in (0, 1, 3) or _OTHER_FRAMES & markers:
        raise Refused("its compression (JPEG, but not of 8 bits gray or RGB) is not supported: save it with another")
    rows, width = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    if structure.width > width or structure.height > rows:
        raise ValueError(f"a JPEG of {structure.width}x{structure.height} for {width}x{rows} pixels")
    try:
        decode_jpeg(whole, warn)
    except ValueError as error:
        if "unusual" in str(error):
            raise Refused(str(error)) from None
        raise


def fax_pixels(page: Any, data: bytes) -> np.ndarray:
    """The pixels of a page of fax, 1 bit: bool (H, W) as stored; ValueError if data are missing or wrong.

    By `fax_decode` and not by imagecodecs, which takes what is missing for white.
    """
    tall, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    pixels = np.zeros((page.imagelength, page.imagewidth), bool)
    two_dimensional = bool((page.tags.valueof(_T4_OPTIONS) or 0) & 1)
    places = [(y, x) for y in range(0, page.imagelength, tall) for x in range(0, page.imagewidth, wide)]
    for (y, x), at, size in zip(places, page.dataoffsets, page.databytecounts, strict=True):
        part = data[at : at + size]
        part = part.translate(_REVERSED) if page.fillorder == 2 else part
        rows = tall if page.is_tiled else min(tall, page.imagelength - y)
        packed = fax_decode(part, wide, rows, page.compression, two_dimensional)
        bits = np.unpackbits(np.frombuffer(packed, np.uint8).reshape(rows, -1), axis=1).view(bool)
        room = pixels[y : y + rows, x : x + wide]
        room[:] = bits[: room.shape[0], : room.shape[1]]
    return pixels
