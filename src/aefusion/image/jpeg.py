"""What OpenCV does not say about a JPEG file: whether it is whole, and its colour model."""

import struct
from dataclasses import dataclass

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset([0x01, *range(0xD0, 0xD9)])


@dataclass(frozen=True)
class JpegStructure:
    """What the markers of a JPEG file say."""

    components: int
    """1 gray, 3 colour, 4 CMYK; 0 if the file ends before it says so."""
    whole: bool
    """Whether the end marker follows the picture's data (that of a thumbnail inside EXIF does not count)."""


def jpeg_structure(data: bytes) -> JpegStructure:
    """Walks through the markers up to the picture's data. Source: ITU-T T.81, 1992, annex B."""
    at, components = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES and at + 10 <= len(data):
            components = data[at + 9]
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xDA:
            # In the data behind this marker a byte FF is never followed by D9, so that is the end marker.
            return JpegStructure(components, data.find(b"\xff\xd9", at) >= 0)
    return JpegStructure(components, False)
