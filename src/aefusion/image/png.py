"""PNG files: their chunks, their pixels and their metadata. Source: PNG (Third Edition), W3C, 2025.

libpng prints what it has to say of a file. So it gets, through OpenCV, only the chunks that make the pixels, and only
after they were found whole and sound here. What it then may print is of a program that packed wrong data.
"""

import struct
import zlib
from typing import NamedTuple

import numpy as np

from aefusion.image.depth import white
from aefusion.image.formats import Damaged, check_size
from aefusion.image.opencv import decode_with_opencv
from aefusion.image.picture import Metadata

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_RAW_EXIF = (b"Raw profile type exif", b"Raw profile type APP1")
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_BITS = {_GRAY: (1, 2, 4, 8, 16), _RGB: (8, 16), _PALETTE: (1, 2, 4, 8), _GRAY_ALPHA: (8, 16), _RGB_ALPHA: (8, 16)}
_KNOWN = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_LONGEST_TEXT = 1 << 24


class PngHeader(NamedTuple):
    """How the pixels of a PNG file are stored."""

    bits: int
    kind: int


class Chunk(NamedTuple):
    """A part of a PNG file."""

    kind: bytes
    body: memoryview | bytes
    whole: memoryview | bytes
    """With its length and kind before, and its checksum behind."""


def png_chunks(data: bytes) -> list[Chunk]:
    """The chunks of a PNG file up to the end chunk.

    Damaged where the file is cut off or a chunk that the pixels need is wrong; of others those that are wrong are left
    out.
    """
    chunks, at, view, kind = [], len(SIGNATURE), memoryview(data), b""
    while kind != b"IEND":
        try:
            size, kind = struct.unpack_from(">I4s", data, at)
            end = at + 8 + size
            checksum = struct.unpack_from(">I", data, end)[0]
        except struct.error:
            raise Damaged("png") from None
        if checksum == zlib.crc32(view[at + 4 : end]):
            chunks.append(Chunk(kind, view[at + 8 : end], view[at : end + 4]))
        elif not kind[0] & 0x20:  # a capital letter
            raise Damaged("png")
        at = end + 4
    return chunks


def decode_png(chunks: list[Chunk]) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels and alpha of a PNG file as stored, not turned, in RGB; fewer than 8 bits scaled to 8.

    Of an animation the picture that programs show which know no animations. ValueError 'what is wrong: what to do'.
    """
    header, small, clean = _clean(chunks)
    pixels, alpha = decode_with_opencv(clean, "png")
    if header.kind == _GRAY_ALPHA:
        return np.ascontiguousarray(pixels[..., 0]), alpha  # OpenCV repeats the gray
    if header.kind == _GRAY and len(small.get(b"tRNS", b"")) == 2:
        full = white(pixels.dtype)
        key = struct.unpack(">H", small[b"tRNS"])[0] * full // (2**header.bits - 1)
        return pixels, np.where(pixels == key, 0, full).astype(pixels.dtype)
    return pixels, alpha


def png_metadata(chunks: list[Chunk]) -> Metadata:
    """EXIF, ICC and XMP of a PNG file as stored; nothing where they are damaged."""
    exif = icc = xmp = b""
    for kind, body, _ in chunks:
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


def png_with(data: bytes, metadata: Metadata, density: bytes = b"") -> bytes:
    """The PNG file with these metadata behind its header; ``density``: the content of its chunk pHYs."""
    blocks = [
        (b"iCCP", metadata.icc and b"ICC profile\0\0" + zlib.compress(metadata.icc)),
        (b"pHYs", density),
        (b"eXIf", metadata.exif),
        (b"iTXt", metadata.xmp and _XMP + bytes(5) + metadata.xmp),
    ]
    return b"".join([data[:33], *(_chunk(kind, body) for kind, body in blocks if body), memoryview(data)[33:]])


def _clean(chunks: list[Chunk]) -> tuple[PngHeader, dict[bytes, bytes], bytes]:
    """The header, the palette and the transparency, and a file of them and the picture's data alone."""
    kinds = {chunk.kind for chunk in chunks}
    if b"IDAT" not in kinds or any(kind not in _KNOWN and not kind[0] & 0x20 for kind in kinds):
        raise Damaged("png")
    header = _header(chunks[0])
    small = {chunk.kind: bytes(chunk.body) for chunk in reversed(chunks) if chunk.kind in (b"PLTE", b"tRNS")}
    kept: list[bytes | memoryview] = [SIGNATURE, chunks[0].whole]
    if header.kind == _PALETTE:
        palette, full = small.get(b"PLTE", b""), 3 << header.bits
        if not palette or len(palette) % 3 or len(palette) > 768:
            raise Damaged("png")
        # So long that no pixel lies beyond it.
        kept.append(_chunk(b"PLTE", palette[:full].ljust(full, b"\0")))
    size = len(small.get(b"tRNS", b""))
    if (header.kind == _RGB and size == 6) or (header.kind == _PALETTE and 0 < size <= 1 << header.bits):
        kept.append(_chunk(b"tRNS", small[b"tRNS"]))
    kept += [chunk.whole for chunk in chunks if chunk.kind in (b"IDAT", b"IEND")]
    return header, small, b"".join(kept)


def _header(chunk: Chunk) -> PngHeader:
    if chunk.kind != b"IHDR" or len(chunk.body) != 13:
        raise Damaged("png")
    width, height, bits, colours, packing, filters, interlaced = struct.unpack(">2I5B", chunk.body)
    check_size(width, height, "png")
    if bits not in _BITS.get(colours, ()) or packing or filters or interlaced > 1:
        raise Damaged("png")
    return PngHeader(bits, colours)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


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
