"""EXIF blocks: reading, resetting the orientation, moving them into and out of TIFF files.

An EXIF block is a small TIFF file: a header, then directories of tags, some of which point to a directory of
their own (Exif, GPS, interoperability). Source: TIFF 6.0, 1992; CIPA DC-008 (Exif 2.32), 2019.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aefusion.image.describes_the_file import describes_the_file

DESCRIPTION, ORIENTATION, SOFTWARE, ICC, XMP = 270, 274, 305, 34675, 700
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
EXIF, MAKER_NOTE, WIDTH, HEIGHT = 34665, 37500, 40962, 40963
_POINTERS = (34665, 34853, 40965)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
# Tags of a TIFF's first directory that describe the photograph and not how its pixels are stored.
_DESCRIPTIVE = {269, 270, 271, 272, 285, 305, 306, 315, 316, 33432, *_POINTERS}


NEW = b"II*\0\x08\0\0\0" + bytes(6)
"""A block without a tag."""


@dataclass(frozen=True)
class Tag:
    """One entry of a directory; `data`: its bytes in the file's byte order, or the directory it points to."""

    code: int
    kind: int
    count: int
    data: "bytes | list[Tag]"


def byte_order(block: Any) -> str:
    """'<' or '>' for a classic TIFF header; ValueError if it is none."""
    if block[:4] == b"II*\0":
        return "<"
    if block[:4] == b"MM\0*":
        return ">"
    raise ValueError("not a TIFF header")


def first_directory(block: Any) -> list[Tag]:
    """The tags of the first directory; ValueError if the block is damaged. ``block``: bytes, or a `mmap`."""
    order = byte_order(block)
    try:
        return _directory(block, order, struct.unpack_from(f"{order}I", block, 4)[0], 0, set())
    except struct.error as error:
        raise ValueError(f"damaged EXIF: {error}") from None


def _directory(block: Any, order: str, at: int, depth: int, followed: set[int]) -> list[Tag]:
    """The tags of a directory. A pointer to one that was followed before is left out."""
    tags = []
    followed.add(at)
    for i in range(struct.unpack_from(f"{order}H", block, at)[0]):
        entry = at + 2 + 12 * i
        code, kind, count = struct.unpack_from(f"{order}HHI", block, entry)
        if code in _POINTERS and depth < 2:
            target = struct.unpack_from(f"{order}I", block, entry + 8)[0]
            if target not in followed:
                tags.append(Tag(code, 4, 1, _directory(block, order, target, depth + 1, followed)))
            continue
        size = _SIZES.get(kind, 1) * count
        start = entry + 8 if size <= 4 else struct.unpack_from(f"{order}I", block, entry + 8)[0]
        if start + size > len(block):
            raise ValueError("damaged EXIF: a value lies behind the end")
        tags.append(Tag(code, kind, count, block[start : start + size]))
    return tags


def build_directory(tags: list[Tag], order: str, at: int) -> bytes:
    """The bytes of a directory and all it points to, to be placed at offset `at`; no directory follows it."""
    tags = sorted(tags, key=lambda tag: tag.code)
    head = struct.pack(f"{order}H", len(tags))
    tail = b""
    tail_at = at + 2 + 12 * len(tags) + 4
    for tag in tags:
        place = tail_at + len(tail)
        if isinstance(tag.data, list):
            value, more = struct.pack(f"{order}I", place), build_directory(tag.data, order, place)
        elif len(tag.data) > 4:
            value, more = struct.pack(f"{order}I", place), tag.data
        else:
            value, more = tag.data.ljust(4, b"\0"), b""
        head += struct.pack(f"{order}HHI", tag.code, tag.kind, tag.count) + value
        tail += more + b"\0" * (len(more) % 2)
    return head + bytes(4) + tail


def reset_orientation(block: bytes) -> tuple[int, bytes]:
    """The orientation (1 to 8) that a block asks for, and the block with that tag set to 1.

    Works in place, so that camera makers' notes keep their offsets. The thumbnail is unlinked: it shows the
    picture as it was. Works on a whole classic TIFF file as well. ValueError if the block is damaged.
    """
    order = byte_order(block)
    try:
        at = struct.unpack_from(f"{order}I", block, 4)[0]
        count = struct.unpack_from(f"{order}H", block, at)[0]
        changed = bytearray(block)
        orientation = 1
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            if struct.unpack_from(f"{order}H", block, entry)[0] == ORIENTATION:
                orientation = struct.unpack_from(f"{order}H", block, entry + 8)[0]
                struct.pack_into(f"{order}HHIHH", changed, entry, ORIENTATION, 3, 1, 1, 0)
        if at + 2 + 12 * count + 4 <= len(block):
            struct.pack_into(f"{order}I", changed, at + 2 + 12 * count, 0)
    except struct.error as error:
        raise ValueError(f"damaged EXIF: {error}") from None
    return orientation, bytes(changed)


def upright_exif(block: bytes) -> bytes:
    """The block with its orientation set to 1; nothing if it is damaged."""
    try:
        return reset_orientation(block)[1]
    except ValueError:
        return b""


def with_software(block: bytes, software: str) -> bytes:
    """The block with this text as its software tag (305), by `with_tags`; a new one if it is missing or damaged."""
    text = software.encode() + b"\0"
    try:
        return with_tags(block, [Tag(SOFTWARE, 2, len(text), text)])
    except ValueError:
        return with_tags(NEW, [Tag(SOFTWARE, 2, len(text), text)])


def with_resolution(block: bytes, across: float, down: float, unit: int) -> bytes:
    """The block with this resolution: pixels to a unit, which is 2 for an inch and 3 for a centimetre.

    A block without one gets it; a damaged block stays as it is.
    """
    try:
        order = byte_order(block or NEW)
        numbers = (Fraction(value).limit_denominator(10**5) for value in (across, down))
        x, y = (struct.pack(f"{order}2I", one.numerator, one.denominator) for one in numbers)
        tags = [Tag(X_RESOLUTION, 5, 1, x), Tag(Y_RESOLUTION, 5, 1, y)]
        return with_tags(block or NEW, [*tags, Tag(RESOLUTION_UNIT, 3, 1, struct.pack(f"{order}H", unit))])
    except (ValueError, struct.error):
        return block


def with_tags(block: bytes, tags: Sequence[Tag]) -> bytes:
    """The block with these tags in its first directory, in place of those of the same codes; ValueError if damaged.

    The first directory is written anew behind all others, so that camera makers' notes keep their offsets; as
    `reset_orientation` does, it leaves the thumbnail out.
    """
    order = byte_order(block)
    try:
        at = struct.unpack_from(f"{order}I", block, 4)[0]
        count = struct.unpack_from(f"{order}H", block, at)[0]
    except struct.error:
        raise ValueError("damaged EXIF") from None
    entries = [block[entry : entry + 12] for entry in range(at + 2, at + 2 + 12 * count, 12)]
    if at < 8 or any(len(entry) < 12 for entry in entries):
        raise ValueError("damaged EXIF")
    block += b"\0" * (len(block) % 2)
    codes = [struct.pack(f"{order}H", tag.code) for tag in tags]
    entries = [entry for entry in entries if entry[:2] not in codes]
    place, behind = len(block) + 2 + 12 * (len(entries) + len(tags)) + 4, b""
    for tag in tags:
        data = b"" if isinstance(tag.data, list) else tag.data
        short = len(data) <= 4
        value = data.ljust(4, b"\0") if short else struct.pack(f"{order}I", place + len(behind))
        behind += b"" if short else data + b"\0" * (len(data) % 2)
        entries.append(struct.pack(f"{order}2HI", tag.code, tag.kind, tag.count) + value)
    entries.sort(key=lambda entry: struct.unpack_from(f"{order}H", entry))
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4)
    return block[:4] + struct.pack(f"{order}I", len(block)) + block[8:] + directory + behind


def with_size(block: bytes, width: int, height: int) -> bytes:
    """The block with this as the size that it states (40962, 40963), where it states one; in place."""
    try:
        order = byte_order(block)
        changed = bytearray(block)
        for entry in _entries(block, order, struct.unpack_from(f"{order}I", block, 4)[0]):
            if struct.unpack_from(f"{order}H", block, entry)[0] == EXIF:
                for inner in _entries(block, order, struct.unpack_from(f"{order}I", block, entry + 8)[0]):
                    code = struct.unpack_from(f"{order}H", block, inner)[0]
                    if code in (WIDTH, HEIGHT):
                        size = width if code == WIDTH else height
                        struct.pack_into(f"{order}HHII", changed, inner, code, 4, 1, size)
    except (ValueError, struct.error):
        return block
    return bytes(changed)


def _entries(block: bytes, order: str, at: int) -> range:
    """Where the entries of a directory begin."""
    return range(at + 2, at + 2 + 12 * struct.unpack_from(f"{order}H", block, at)[0], 12)


def shortened(block: bytes, limit: int) -> bytes:
    """The block if it is no longer than ``limit`` bytes; else without makers' notes and thumbnails, or nothing."""
    if len(block) <= limit:
        return block
    try:
        order = byte_order(block)
        tags = [
            Tag(tag.code, tag.kind, tag.count, [inner for inner in tag.data if inner.code != MAKER_NOTE])
            if isinstance(tag.data, list)
            else tag
            for tag in first_directory(block)
        ]
        short = block[:4] + struct.pack(f"{order}I", 8) + build_directory(tags, order, 8)
    except (ValueError, struct.error):
        return b""
    return short if len(short) <= limit else b""


def exif_of_tiff(data: Any) -> bytes:
    """An EXIF block made of the descriptive tags of a classic TIFF file; empty if there are none."""
    tags = [
        tag
        for tag in first_directory(data)
        if tag.code in _DESCRIPTIVE and not (tag.code == DESCRIPTION and _of_the_file(tag.data))
    ]
    if not tags:
        return b""
    order = byte_order(data)
    return data[:4] + struct.pack(f"{order}I", 8) + build_directory(tags, order, 8)


def _of_the_file(description: "bytes | list[Tag]") -> bool:
    return isinstance(description, bytes) and describes_the_file(description.decode("latin-1"))


def exif_into_tiff(data: bytes, exif: bytes) -> bytes:
    """A classic TIFF file with the descriptive tags of an EXIF block of the same byte order.

    The first directory is written anew behind the pixels, and the header points to it.
    """
    order = byte_order(data)
    own = first_directory(data)
    codes = {tag.code for tag in own}
    tags = [tag for tag in first_directory(exif) if tag.code in _DESCRIPTIVE - codes]
    data += b"\0" * (len(data) % 2)
    return data[:4] + struct.pack(f"{order}I", len(data)) + data[8:] + build_directory(own + tags, order, len(data))
