"""WebP files: their metadata. Source: Google, WebP Container Specification (RFC 9649), 2024."""

import struct

from aefusion.image.picture import Metadata


def webp_metadata(data: bytes) -> Metadata:
    """EXIF, ICC and XMP of a WebP file as stored."""
    blocks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind in (b"EXIF", b"ICCP", b"XMP "):
            blocks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    exif = blocks.get(b"EXIF", b"").removeprefix(b"Exif\0\0")
    return Metadata(exif, blocks.get(b"ICCP", b""), blocks.get(b"XMP ", b"").rstrip(b"\0"))
