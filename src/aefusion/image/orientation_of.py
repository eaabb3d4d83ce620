import struct
from os import PathLike
from pathlib import Path

from aefusion.image.exif import ORIENTATION, byte_order, first_directory
from aefusion.image.exif_of_file import exif_of_file, opened


def orientation_of(path: str | PathLike[str]) -> int:
    """The orientation flag of a file, 1 to 8, by which `read` turns its picture upright; 1 where it has none."""
    try:
        with opened(Path(path)) as (data, kind):
            block = data if kind == "tiff" else exif_of_file(path)
            order = byte_order(block)
            found = next((tag for tag in first_directory(block) if tag.code == ORIENTATION), None)
            if found is None or isinstance(found.data, list):
                return 1
            value = struct.unpack_from(f"{order}H", found.data)[0]
            return value if 1 <= value <= 8 else 1
    except (OSError, ValueError, struct.error):
        return 1
