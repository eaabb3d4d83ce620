"""What OpenCV does not say about a PNG file: how its pixels are stored."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class PngHeader:
    """The parts of a PNG's header that tell what OpenCV's array means."""

    bits: int
    gray: bool
    alpha: bool
    transparent: int | None
    """The one gray value, as stored, that is transparent in a gray PNG without alpha."""


def png_header(data: bytes) -> PngHeader:
    """Reads the header and, in a gray PNG, the transparency chunk. Source: PNG (Third Edition), W3C, 2025."""
    if len(data) < 33:
        raise ValueError("ends inside its header")
    bits, kind = data[24], data[25]
    transparent = None
    at = 33
    while kind == 0 and at + 10 <= len(data) and data[at + 4 : at + 8] != b"IDAT":
        if data[at + 4 : at + 8] == b"tRNS":
            transparent = struct.unpack_from(">H", data, at + 8)[0]
        at += 12 + struct.unpack_from(">I", data, at)[0]
    return PngHeader(bits, kind in (0, 4), kind in (4, 6), transparent)
