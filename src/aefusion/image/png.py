"""What OpenCV does not say about a PNG file: how its pixels are stored, and its XMP."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_XMP = b"XML:com.adobe.xmp"


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


def xmp_of_png(data: bytes) -> bytes:
    """The XMP packet of a PNG file, from an iTXt chunk as the XMP specification has it, or a tEXt chunk; or nothing."""
    for kind, text in _texts(data):
        name, _, rest = text.partition(b"\0")
        if name != _XMP:
            continue
        if kind == b"tEXt":
            return rest
        text = rest[2:].split(b"\0", 2)[-1]  # behind a language and a translated keyword
        try:
            return zlib.decompress(text) if rest[:1] == b"\1" else text
        except zlib.error:
            return b""
    return b""


def xmp_into_png(data: bytes, xmp: bytes) -> bytes:
    """The PNG file with an XMP packet, behind its header."""
    body = b"iTXt" + _XMP + bytes(5) + xmp
    return data[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


def _texts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        kind = data[at + 4 : at + 8]
        if kind in (b"iTXt", b"tEXt"):
            yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size
