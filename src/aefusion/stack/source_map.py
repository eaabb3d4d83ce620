import struct
import zlib
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.image import PictureError, write_whole


def write_source_map(path: str | PathLike[str], index: np.ndarray, names: Sequence[str]) -> None:
    """Write which picture of a stack each pixel comes from: a gray PNG of indices, lossless, 0 the first.

    ``index``: uint8 or uint16 (H, W). Which index is which picture is in the file's text "Description", a line each,
    as exiftool, ImageMagick's identify and Pillow (``Image.open(path).text``) show it.
    """
    import cv2

    data = cv2.imencode(".png", index)[1].tobytes()
    lines = ["Which picture of the stack each pixel comes from:", *(f"{i} {name}" for i, name in enumerate(names))]
    # An uncompressed international text chunk, with neither language nor translation: PNG (Third Edition), W3C, 2025.
    chunk = b"iTXt" + b"Description" + bytes(5) + "\n".join(lines).encode(errors="replace")
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end_of_header = 33
    write_whole(Path(path), data[:end_of_header] + chunk + data[end_of_header:])


def check_map(path: str | PathLike[str]) -> None:
    """PictureError if a map cannot have this name."""
    if Path(path).suffix.lower() != ".png":
        raise PictureError(path, "the map of sources is a PNG file", "end its name in .png")
