import struct
import zlib
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError, write_whole

COLOUR_TYPE, END_OF_HEADER = 25, 33
"""Places in a PNG file."""


def write_source_map(path: str | PathLike[str], index: np.ndarray, names: Sequence[str]) -> None:
    """Write which picture of a stack each pixel comes from: a PNG of indices, lossless, 0 the first.

    ``index``: (H, W) uint8, written with a palette from violet for the first to dark red for the last, or uint16, which
    PNG has as gray only. Which index is which picture is in the file's text "Description", a line each, as exiftool,
    ImageMagick's identify and Pillow (``Image.open(path).text``) show it.
    """
    import cv2

    data = bytearray(cv2.imencode(".png", index)[1])
    lines = ["Which picture of the stack each pixel comes from:", *(f"{i} {name}" for i, name in enumerate(names))]
    # An uncompressed international text chunk, with neither language nor translation: PNG (Third Edition), W3C, 2025.
    chunks = _chunk(b"iTXt" + b"Description" + bytes(5) + "\n".join(lines).encode(errors="replace"))
    if index.dtype == np.uint8:
        data[COLOUR_TYPE] = 3  # indices into a palette, stored as gray values are
        data[12:END_OF_HEADER] = _chunk(bytes(data[12 : END_OF_HEADER - 4]))[4:]
        chunks += _chunk(b"PLTE" + palette(len(names)).tobytes())
    write_whole(Path(path), bytes(data[:END_OF_HEADER]) + chunks + bytes(data[END_OF_HEADER:]))


def palette(count: int) -> np.ndarray:
    """A colour for each picture, (count, 3) uint8 RGB: Turbo (Mikhailov, 2019), evenly spread.

    >>> palette(3).tolist()
    [[48, 18, 59], [164, 252, 60], [122, 4, 3]]
    """
    import cv2

    levels = np.linspace(0, 255, count).round().astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(levels[:, None], cv2.COLORMAP_TURBO)[:, 0, ::-1])


def _chunk(named: bytes) -> bytes:
    """A chunk of PNG from its name and content."""
    return struct.pack(">I", len(named) - 4) + named + struct.pack(">I", zlib.crc32(named))


def check_map(path: str | PathLike[str]) -> None:
    """FileError if a map cannot have this name."""
    if Path(path).suffix.lower() != ".png":
        raise FileError(path, "the map of sources is a PNG file", "end its name in .png")
