"""FLIR's file of records (FFF): alone, inside of a JPEG, and one after the other in SEQ and CSQ files.

Source: the tags of FLIR files as ExifTool documents them (P. Harvey, exiftool.org/TagNames/FLIR.html).
"""

import struct
from collections.abc import Callable

import numpy as np

from aefusion.image.dead_pixels import cleaned
from aefusion.image.jpeg_ls import decode_jpeg_ls, is_jpeg_ls
from aefusion.image.planck import Camera, celsius
from aefusion.image.png import decode_png, png_chunks

MAGIC = b"FFF\0"
RAW, PHOTOGRAPH, CAMERA, PLACE = 1, 14, 32, 42
"""Kinds of records."""
_HEAD, _ENTRY = 64, 32


class NoTemperatures(ValueError):
    """A FLIR file without thermal picture, or with one that cannot be read."""


def directory(file: bytes | memoryview, at: int = 0) -> tuple[list[tuple[int, int, int]], int]:
    """(kind, place, size) of each record of a file that begins at ``at``, and the size of the file.

    NoTemperatures where it is damaged.
    """
    entries = []
    try:
        order = ">" if struct.unpack_from(">I", file, at + 20)[0] < 1 << 16 else "<"
        place, count = struct.unpack_from(f"{order}2I", file, at + 24)
        end = place + _ENTRY * count
        for i in range(count):
            kind, begin, size = struct.unpack_from(f"{order}H10x2I", file, at + place + _ENTRY * i)
            if kind:  # 0: an entry that is not used
                entries.append((kind, at + begin, size))
                end = max(end, begin + size)
    except struct.error:
        raise NoTemperatures("its FLIR data are damaged: copy it again") from None
    return entries, max(end, _HEAD)


def records(file: bytes | memoryview, at: int = 0) -> dict[int, bytes]:
    """The records of a file that begins at ``at`` by their kind, of several of a kind the first; see `directory`."""
    kept: dict[int, bytes] = {}
    for kind, begin, size in directory(file, at)[0]:
        kept.setdefault(kind, bytes(file[begin : begin + size]))
    return kept


def byte_order(record: bytes) -> str:
    """The byte order of a record: each begins with a small number of 16 bits."""
    return "<" if struct.unpack_from("<H", record)[0] < 256 else ">"


def temperatures(kept: dict[int, bytes], warn: Callable[[str], object]) -> tuple[np.ndarray, np.ndarray | None]:
    """The temperatures in the records of a file, float32 (H, W) in degrees Celsius, and where there are none, or None.

    They hold for the emissivity, the distance and the air that the file states. Dead pixels are filled from their
    neighbours, and what is colder than the calibration allows is as cold as the coldest that it allows; ``warn`` is
    called with a line that says how many. NoTemperatures if there are none.
    """
    try:
        pixels, empty, filled = cleaned(counts(kept[RAW]))
        camera = Camera.of(kept[CAMERA], byte_order(kept[CAMERA]))
        with np.errstate(all="ignore"):
            values = celsius(pixels, camera)
    except (KeyError, struct.error, ValueError) as error:
        if "pip install" in str(error):
            raise
        wrong = "holds FLIR data but no temperatures that can be read: give the original radiometric file"
        raise NoTemperatures(wrong) from None
    known = np.isfinite(values)
    if known.mean() < 0.5:
        raise NoTemperatures("its calibration does not fit its thermal picture: give the original radiometric file")
    if filled:
        warn(f"{filled} dead pixel{'s' * (filled > 1)} filled from the neighbours")
    if not known.all():
        values[~known] = values[known].min()
        warn(f"{int((~known).sum())} pixels are colder than its calibration allows, and taken as the coldest of it")
    return values, empty


def counts(record: bytes) -> np.ndarray:
    """The thermal picture in a record of the kind RAW as the camera counts, uint16 (H, W)."""
    width, height = struct.unpack_from(f"{byte_order(record)}2H", record, 2)
    if record[32:36] == b"\x89PNG":
        stored = decode_png(png_chunks(record[32:]))[0]
    elif is_jpeg_ls(record[32:36]):
        stored = decode_jpeg_ls(record[32:])
    else:
        stored = np.frombuffer(record, np.uint16, width * height, 32).reshape(height, width)
    if stored.dtype != np.uint16 or stored.shape != (height, width):
        raise ValueError("not a thermal picture")
    # Files state their byte order wrongly, PNG ones nearly always; with the wrong one neighbours differ wildly.
    return min(stored, stored.byteswap(), key=lambda one: np.abs(np.diff(one.astype(np.int32))).mean())
