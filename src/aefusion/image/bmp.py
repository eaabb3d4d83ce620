"""BMP files: whether one is whole, which OpenCV only prints. Source: Microsoft, BITMAPV5HEADER and BITMAPCOREHEADER."""

import struct

from aefusion.image.formats import Damaged, check_size

_PLAIN, _RUNS_OF_8, _RUNS_OF_4, _MASKS = range(4)
_BITS = {_PLAIN: (1, 4, 8, 16, 24, 32), _RUNS_OF_8: (8,), _RUNS_OF_4: (4,), _MASKS: (16, 32)}


def checked_bmp(data: bytes) -> bytes:
    """The file, with an end of its runs of equal pixels where it has such; Damaged if data are missing."""
    try:
        start, size = struct.unpack_from("<2I", data, 10)
        if size == 12:
            width, height, _, bits = struct.unpack_from("<4H", data, 18)
            packing = colours = length = 0
        else:
            width, height, _, bits, packing, length = struct.unpack_from("<2i2H2I", data, 18)
            colours = struct.unpack_from("<I", data, 46)[0]
    except struct.error:
        raise Damaged("bmp") from None
    check_size(width, abs(height), "bmp")
    table = (colours or 1 << bits) * (3 if size == 12 else 4) if bits <= 8 else 12 * (packing == _MASKS and size == 40)
    known = (size == 12 or 40 <= size <= 124) and bits in _BITS.get(packing, ()) and colours <= 256
    runs = packing in (_RUNS_OF_8, _RUNS_OF_4)
    end = start + (length if runs else (width * bits + 31) // 32 * 4 * abs(height))
    if not known or max(14 + size + table, end) > len(data):
        raise Damaged("bmp")
    # Whatever stands before it, one of these pairs is read as the end of the picture.
    return data + bytes((len(data) - start) % 2) + b"\0\1" * 200 if runs else data
