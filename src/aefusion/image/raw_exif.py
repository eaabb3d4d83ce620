"""The EXIF of raw files that are no TIFF: Canon CR3, Fujifilm RAF, Olympus ORF, Panasonic RW2."""

import struct

from aefusion.image.exif import EXIF, Tag, build_directory, byte_order, exif_of_tiff, first_directory
from aefusion.image.jpeg import jpeg_metadata

HEAD = 1 << 20
"""So many bytes at the beginning of such files hold it."""
_LIKE_TIFF = (b"IIRO", b"IIRS", b"IIU\0")


def raw_exif(head: bytes) -> bytes:
    """The EXIF block of a raw file by its first `HEAD` bytes; empty where none is known, ValueError if damaged."""
    if head[:4] in _LIKE_TIFF:
        return exif_of_tiff(b"II*\0" + head[4:])
    if head[:4] == b"MMOR":
        return exif_of_tiff(b"MM\0*" + head[4:])
    if head.startswith(b"FUJIFILMCCD-RAW"):
        start, size = struct.unpack_from(">2I", head, 84)
        return jpeg_metadata(head[start : start + size]).exif
    if head[4:12] == b"ftypcrx ":
        return _of_cr3(head)
    return b""


def _of_cr3(head: bytes) -> bytes:
    """Two boxes hold a TIFF directory each: the first that of the picture, the second the Exif directory."""
    main, inner = (_box(head, name) for name in (b"CMT1", b"CMT2"))
    if not main or not inner or byte_order(main) != byte_order(inner):
        return main
    order = byte_order(main)
    tags = [tag for tag in first_directory(main) if tag.code != EXIF]
    tags.append(Tag(EXIF, 4, 1, first_directory(inner)))
    return main[:4] + struct.pack(f"{order}I", 8) + build_directory(tags, order, 8)


def _box(head: bytes, name: bytes) -> bytes:
    at = head.find(name)
    if at < 4:
        return b""
    size = struct.unpack_from(">I", head, at - 4)[0]
    return head[at + 4 : at - 4 + size]
