import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from aefusion.image.exif import exif_of_tiff
from aefusion.image.formats import format_of
from aefusion.image.jpeg import jpeg_metadata
from aefusion.image.png import png_chunks, png_metadata
from aefusion.image.raw_exif import HEAD as RAW_HEAD
from aefusion.image.raw_exif import raw_exif
from aefusion.image.webp import webp_metadata

HEAD = 1 << 18
"""How many bytes of a JPEG file are read: EXIF stands at its beginning."""


def exif_of_file(path: str | PathLike[str]) -> bytes:
    """The EXIF block of a file, without decoding its picture; empty where it has none, or is damaged."""
    try:
        with opened(Path(path)) as (data, kind):
            if kind == "tiff":
                return exif_of_tiff(data)
            if kind == "png":
                return png_metadata(png_chunks(data)).exif
            if kind == "webp":
                return webp_metadata(data).exif
            return jpeg_metadata(data).exif if kind == "jpeg" else raw_exif(data)
    except (OSError, ValueError, struct.error):
        return b""


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, str | None]]:
    """What of a file is needed for its EXIF, and its format: a TIFF file as a `mmap`, of a JPEG the first 256 kB."""
    with path.open("rb") as file:
        data = file.read(HEAD)
        kind = format_of(data)
        if kind != "tiff":
            more = file.read() if kind in ("png", "webp") else file.read(RAW_HEAD) if kind is None else b""
            yield data + more, kind
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            yield whole, kind
