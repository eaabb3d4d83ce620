"""JPEG files: their segments, their pixels and their metadata."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from aefusion.image.formats import Damaged, check_size
from aefusion.image.picture import Metadata

APP0, APP1, APP2, SCAN = 0xE0, 0xE1, 0xE2, 0xDA
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
ICC = b"ICC_PROFILE\0"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_IN_ONE_SCAN = (0xC0, 0xC1)
_WITHOUT_LENGTH = frozenset([0x01, *range(0xD0, 0xD9)])
# How libjpeg's messages begin after which it goes on to the end; what it says last is what simplejpeg tells.
_WARNINGS = ("Corrupt JPEG data", "Inconsistent progression", "Unknown Adobe color transform")


@dataclass(frozen=True)
class JpegStructure:
    """What the markers of a JPEG file say."""

    width: int
    """Width and height are 0 if the file ends before it states them."""
    height: int
    components: int
    """1 gray, 3 colour, 4 CMYK; 0 if the file ends before it says so."""
    whole: bool
    """Whether the end marker follows the picture's data (that of a thumbnail inside EXIF does not count)."""


def segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place and content of each segment up to the header of the picture's data (SCAN), which is the last one.

    Source: ITU-T T.81, 1992, annex B.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        size = struct.unpack_from(">H", data, at + 2)[0]
        yield marker, at, data[at + 4 : at + 2 + size]
        if marker == SCAN:
            return
        at += 2 + size


def jpeg_structure(data: bytes) -> JpegStructure:
    """Walks through the markers up to the picture's data."""
    width = height = components = 0
    for marker, at, content in segments(data):
        if marker in _FRAMES and len(content) >= 6:
            height, width, components = struct.unpack_from(">2HB", content, 1)
        if marker == SCAN:
            # In the data behind this marker a byte FF is never followed by D9, so that is the end marker.
            return JpegStructure(width, height, components, data.find(b"\xff\xd9", at) >= 0)
    return JpegStructure(width, height, components, False)


def decode_jpeg(data: bytes, warn: Callable[[str], object]) -> np.ndarray:
    """The pixels of a JPEG file as stored, not turned: uint8, (H, W) or (H, W, 3) RGB.

    ValueError 'what is wrong: what to do' if data are missing. ``warn`` is called with one line where data are wrong
    but none are missing: most of the picture is then there. Through libjpeg-turbo by simplejpeg, as OpenCV and Pillow
    do not tell either from a sound file.
    """
    import simplejpeg

    structure = jpeg_structure(data)
    if not structure.whole:
        return _without_end(data, warn)
    if structure.components == 4:
        raise ValueError("a CMYK JPEG: convert it to RGB first")
    check_size(structure.width, structure.height, "jpeg")
    colours = "GRAY" if structure.components == 1 else "RGB"
    try:
        pixels = simplejpeg.decode_jpeg(data, colours)
    except ValueError as error:
        said = str(error)
        if "subsampling type" in said:
            raise ValueError("a JPEG whose colours are subsampled in an unusual way: save it as PNG") from None
        if "JFIF revision" in said and (known := _of_known_revision(data)) != data:
            return decode_jpeg(known, warn)
        if "premature end" in said or not said.startswith(_WARNINGS):
            raise Damaged("jpeg") from None
        pixels = simplejpeg.decode_jpeg(data, colours, strict=False)
        warn(f"damaged, part of the picture may be wrong ({said})")
    return pixels[..., 0] if colours == "GRAY" else pixels


def _without_end(data: bytes, warn: Callable[[str], object]) -> np.ndarray:
    """The pixels of a JPEG file without its end marker, if only that is missing; else ValueError."""
    said: list[str] = []
    kinds = [(marker, content) for marker, _, content in segments(data)]
    scan = kinds[-1][1] if kinds and kinds[-1][0] == SCAN else b"\0"
    components = next((content[5] for marker, content in kinds if marker in _IN_ONE_SCAN and len(content) > 5), 0)
    # Of several scans the last ones could be missing, and nobody would know.
    if components and scan[0] == components:
        try:
            pixels = decode_jpeg(data + b"\xff\xd9", said.append)
        except ValueError:
            said.append("cut off")
        else:
            if not said:
                warn("its last two bytes are missing, and nothing of the picture")
                return pixels
    raise ValueError("the JPEG is cut off, its end is missing: copy or download it again")


def _of_known_revision(data: bytes) -> bytes:
    """The file as one of JFIF 1.01: the revisions differ in their thumbnails alone."""
    for marker, at, content in segments(data):
        if marker == APP0 and content.startswith(b"JFIF\0"):
            return data[: at + 9] + b"\1\1" + data[at + 11 :]
    return data


def jpeg_metadata(data: bytes) -> Metadata:
    """EXIF, ICC and XMP of a JPEG file as stored.

    Sources: CIPA DC-008 (Exif 2.32), 2019; ICC.1:2022, annex B.4; Adobe, XMP Specification Part 3, 2020.
    """
    exif, xmp, profile = b"", b"", {}
    for marker, _, content in segments(data):
        if marker == APP1 and content.startswith(EXIF):
            exif = exif or content.removeprefix(EXIF)
        if marker == APP1 and content.startswith(XMP):
            xmp = xmp or content.removeprefix(XMP).rstrip(b"\0")
        if marker == APP2 and content.startswith(ICC) and len(content) > len(ICC) + 2:
            profile[content[len(ICC)]] = content[len(ICC) + 2 :]
    return Metadata(exif, b"".join(profile[number] for number in sorted(profile)), xmp)
