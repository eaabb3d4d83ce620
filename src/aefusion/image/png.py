"""PNG files: their chunks, their pixels and their metadata. Source: PNG (Third Edition), W3C, 2025.

libpng prints what it has to say of a file. So it gets, through OpenCV, only the chunks that make the pixels, and only
after they were found sound here.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aefusion.image.depth import white
from aefusion.image.formats import Damaged, check_size
from aefusion.image.opencv import decode_with_opencv
from aefusion.image.picture import Metadata

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_RAW_EXIF = (b"Raw profile type exif", b"Raw profile type APP1")
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGB_ALPHA: 4}
_BITS = {_GRAY: (1, 2, 4, 8, 16), _PALETTE: (1, 2, 4, 8)}
# First column and row, and steps to the next ones, of the seven passes of an interlaced picture.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_LONGEST_TEXT = 1 << 24


@dataclass(frozen=True)
class PngHeader:
    """How the pixels of a PNG file are stored."""

    width: int
    height: int
    bits: int
    kind: int
    interlaced: bool

    def parts(self) -> Iterator[tuple[int, int]]:
        """How many rows, and bytes a row with that of the filter, each part of the picture's data has."""
        bits = self.bits * _CHANNELS[self.kind]
        for x, y, step_x, step_y in _PASSES if self.interlaced else [(0, 0, 1, 1)]:
            columns, rows = -((x - self.width) // step_x), -((y - self.height) // step_y)
            if columns > 0 and rows > 0:
                yield rows, 1 + -(-columns * bits // 8)


def decode_png(data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels and alpha of a PNG file as stored, not turned, in RGB; fewer than 8 bits scaled to 8.

    Of an animation the picture that programs show which know no animations. ValueError 'what is wrong: what to do'.
    """
    try:
        header, needed, clean = _clean(data)
    except (struct.error, zlib.error):
        raise Damaged("png") from None
    pixels, alpha = decode_with_opencv(clean, "png")
    if header.kind == _GRAY_ALPHA:
        return np.ascontiguousarray(pixels[..., 0]), alpha  # OpenCV repeats the gray
    if header.kind == _GRAY and len(needed.get(b"tRNS", b"")) == 2:
        full = white(pixels.dtype)
        key = struct.unpack(">H", needed[b"tRNS"])[0] * full // (2**header.bits - 1)
        return pixels, np.where(pixels == key, 0, full).astype(pixels.dtype)
    return pixels, alpha


def png_metadata(data: bytes) -> Metadata:
    """EXIF, ICC and XMP of a PNG file as stored; nothing where they are damaged."""
    exif = icc = xmp = b""
    for kind, body in png_chunks(data):
        has_name = kind in (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
        name, _, rest = bytes(body if has_name else b"").partition(b"\0")
        if kind == b"eXIf":
            exif = bytes(body)
        elif kind == b"iCCP":
            icc = icc or _inflated(rest[1:])
        elif name == _XMP and not xmp:
            xmp = _text(kind, rest)
        elif name in _RAW_EXIF and not exif:
            exif = _unhexed(_text(kind, rest))
    return Metadata(exif.removeprefix(b"Exif\0\0"), icc, xmp)


def png_with(data: bytes, metadata: Metadata) -> bytes:
    """The PNG file with these metadata behind its header."""
    chunks = [
        (b"iCCP", metadata.icc and b"ICC profile\0\0" + zlib.compress(metadata.icc)),
        (b"eXIf", metadata.exif),
        (b"iTXt", metadata.xmp and _XMP + bytes(5) + metadata.xmp),
    ]
    more = [part for kind, body in chunks if body for part in _chunk(kind, body)]
    return b"".join([data[:33], *more, memoryview(data)[33:]])


def png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and content of each chunk up to the end chunk.

    struct.error where the file is cut off, Damaged where a chunk that the pixels need is wrong; of others those that
    are wrong are left out.
    """
    at, view, kind = len(SIGNATURE), memoryview(data), b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        body, end = view[at + 8 : at + 8 + size], at + 8 + size
        sound = struct.unpack_from(">I", data, end)[0] == zlib.crc32(body, zlib.crc32(kind))
        if sound:
            yield kind, body
        elif not kind[0] & 0x20:  # a capital letter
            raise Damaged("png")
        at = end + 4


def _clean(data: bytes) -> tuple[PngHeader, dict[bytes, bytes], bytes]:
    """The header, the other small chunks that the pixels depend on, and a file of the picture's data and them alone."""
    header: PngHeader | None = None
    needed, stream = {}, []
    for kind, body in png_chunks(data):
        if header is None:
            header = _header(kind, body)
        elif kind == b"IDAT":
            stream.append(body)
        elif kind in (b"PLTE", b"tRNS"):
            needed.setdefault(kind, bytes(body))
        elif kind != b"IEND" and not kind[0] & 0x20:
            raise Damaged("png")
    if header is None:
        raise Damaged("png")
    chunks = [_chunk(b"IHDR", data[16:29])]
    if header.kind == _PALETTE:
        palette = needed.get(b"PLTE", b"")
        if not palette or len(palette) % 3 or len(palette) > 768:
            raise Damaged("png")
        full = 3 << header.bits  # so that no pixel lies beyond it
        chunks.append(_chunk(b"PLTE", palette[:full].ljust(full, b"\0")))
    if (size := len(needed.get(b"tRNS", b""))) and (
        (header.kind == _RGB and size == 6) or (header.kind == _PALETTE and size <= 1 << header.bits)
    ):
        chunks.append(_chunk(b"tRNS", needed[b"tRNS"]))
    # Unpacked here to be checked, and not packed again.
    stored = zlib.compress(_unpacked(header, stream), 0)
    half = 1 << 30  # a chunk holds less than 2 GiB
    chunks += [_chunk(b"IDAT", memoryview(stored)[at : at + half]) for at in range(0, len(stored), half)]
    chunks.append(_chunk(b"IEND", b""))
    return header, needed, b"".join([SIGNATURE, *(part for chunk in chunks for part in chunk)])


def _header(kind: bytes, body: memoryview) -> PngHeader:
    if kind != b"IHDR" or len(body) != 13:
        raise Damaged("png")
    width, height, bits, colours, packing, filters, interlace = struct.unpack(">2I5B", body)
    check_size(width, height, "png")
    if colours not in _CHANNELS or bits not in _BITS.get(colours, (8, 16)) or packing or filters or interlace > 1:
        raise Damaged("png")
    return PngHeader(width, height, bits, colours, bool(interlace))


def _unpacked(header: PngHeader, stream: list[memoryview]) -> bytes:
    """The filtered rows of the picture; Damaged unless all are there."""
    parts = list(header.parts())
    size = sum(rows * row for rows, row in parts)
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(b"".join(stream), size + 1)
    if len(unpacked) < size or (len(unpacked) == size and not unpacking.eof):
        raise Damaged("png")
    at, values = 0, np.frombuffer(unpacked, np.uint8)
    for rows, row in parts:
        if values[at : at + rows * row : row].max() > 4:
            raise Damaged("png")
        at += rows * row
    return unpacked[:size]


def _chunk(kind: bytes, body: bytes | memoryview) -> tuple[bytes, bytes, bytes | memoryview, bytes]:
    return struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _LONGEST_TEXT)
    except zlib.error:
        return b""


def _text(kind: bytes, rest: bytes) -> bytes:
    """What follows the keyword of a text chunk."""
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflated(rest[1:])
    text = rest[2:].split(b"\0", 2)[-1]  # behind a language and a translated keyword
    return _inflated(text) if rest[:1] == b"\1" else text


def _unhexed(profile: bytes) -> bytes:
    """A block of metadata as ImageMagick writes it: its name and its size, each on a line, then hexadecimal digits."""
    try:
        return bytes.fromhex(b"".join(profile.split()[2:]).decode())
    except ValueError:
        return b""
