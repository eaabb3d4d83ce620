"""TIFF files that tifffile leaves to another package: LZW, JPEG, fax, and differences of floats."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np

from aefusion.image.fax import fax_decode
from aefusion.image.jpeg import decode_jpeg
from aefusion.image.lzw import lzw_decode

# The numbers of TIFF's tags, and of their values.
_COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _T4_OPTIONS, _PREDICTOR = 259, 262, 266, 292, 317
_JPEG_TABLES, _SUBSAMPLING = 347, 530
_PLACES, _SIZES = (273, 324), (279, 325)
_PLAIN, _FAX, _LZW, _JPEG, _DEFLATE = 1, (2, 3, 4), 5, 7, (8, 32946)
_RGB, _YCBCR = 2, 6
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def can_be_unpacked(page: Any) -> bool:
    """Whether `unpacked_tiff` can unpack a page, a `tifffile.TiffPage`."""
    if page.compression in _FAX:
        return page.bitspersample == 1
    if page.compression == _JPEG:
        return page.bitspersample == 8
    return page.compression == _LZW or (page.compression in _DEFLATE and page.predictor == _FLOAT_DIFFERENCES)


def unpacked_tiff(data: bytes, number: int, warn: Callable[[str], object]) -> bytes:
    """The bytes of a TIFF file with page ``number`` stored without compression, and with YCbCr as RGB.

    For pages that `can_be_unpacked`. ValueError if the data are damaged; ``warn``: see `decode_jpeg`.
    """
    import tifffile

    file = BytesIO(data)
    with tifffile.TiffFile(file) as tiff:
        page: Any = tiff.pages[number]
        changes: dict[int, Any] = {_COMPRESSION: _PLAIN, _FILL_ORDER: 1, _PREDICTOR: 1, _SUBSAMPLING: (1, 1)}
        if page.compression == _JPEG:
            changes[_PHOTOMETRIC] = _RGB if page.samplesperpixel == 3 else int(page.photometric)
        stored = zip(page.dataoffsets, page.databytecounts, strict=True)
        parts = [_unpacked(data[at : at + size], page, i, warn) for i, (at, size) in enumerate(stored)]
        sizes = [len(part) for part in parts]
        places = [len(data) + int(before) for before in np.cumsum([0, *sizes[:-1]])]
        file.seek(len(data))
        file.write(b"".join(parts))
        for code, value in changes.items():
            if tag := page.tags.get(code):
                tag.overwrite(value)
        for codes, values in ((_PLACES, places), (_SIZES, sizes)):
            tag = page.tags.get(codes[0]) or page.tags[codes[1]]
            tag.overwrite(values if len(values) > 1 else values[0], dtype="Q" if tiff.is_bigtiff else "I")
        return file.getvalue()


def _unpacked(part: bytes, page: Any, i: int, warn: Callable[[str], object]) -> bytes:
    """A strip or tile without compression."""
    if page.is_tiled:
        width, rows = page.tilewidth, page.tilelength
    else:
        strips = -(-page.imagelength // page.rowsperstrip)
        width, rows = page.imagewidth, min(page.rowsperstrip, page.imagelength - i % strips * page.rowsperstrip)
    samples = 1 if page.planarconfig == 2 else page.samplesperpixel
    size = rows * -(-width * samples * page.bitspersample // 8)
    if page.compression == _JPEG:
        return _jpeg(part, page, (rows, width), warn)
    if page.fillorder == 2:
        part = part.translate(_REVERSED)
    if page.compression in _FAX:
        return fax_decode(part, width, rows, page.compression, bool(page.tags.valueof(_T4_OPTIONS, 0) & 1))
    part = lzw_decode(part, size) if page.compression == _LZW else zlib.decompressobj().decompress(part, size)
    if len(part) < size:
        raise ValueError("its data end too early")
    return part if page.predictor == 1 else _summed(part, page, rows, samples)


def _jpeg(part: bytes, page: Any, shape: tuple[int, int], warn: Callable[[str], object]) -> bytes:
    """A strip or tile from JPEG. What several have in common is kept in a tag, and so is how colours are stored."""
    tables = page.tags.valueof(_JPEG_TABLES, b"\xff\xd8\xff\xd9")
    colours = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([page.photometric == _YCBCR])
    pixels = decode_jpeg(tables[:2] + colours + tables[2:-2] + part[2:], warn)
    if pixels.shape[:2] != shape:
        raise ValueError(f"a JPEG of shape {pixels.shape} for {shape}")
    return pixels.tobytes()


def _summed(part: bytes, page: Any, rows: int, samples: int) -> bytes:
    """A strip or tile from differences along its rows: TIFF 6.0, section 14; of floats: TIFF Technical Note 3, 2005."""
    size, order = page.bitspersample // 8, page.parent.byteorder
    if page.predictor == _DIFFERENCES:
        differences = np.frombuffer(part, f"{order}u{size}").reshape(rows, -1, samples)
        return np.cumsum(differences, axis=1, dtype=f"u{size}").astype(f"{order}u{size}").tobytes()
    differences = np.frombuffer(part, np.uint8).reshape(rows, -1, samples)
    planes = np.cumsum(differences, axis=1, dtype=np.uint8).reshape(rows, size, -1)  # from the highest byte on
    floats = np.ascontiguousarray(planes.swapaxes(1, 2)).view(f">f{size}")
    return floats.astype(f"{order}f{size}").tobytes()
