"""The scale of PNG, JPEG, WebP and BMP files: how many pixels there are to an inch or a metre.

Sources: JFIF 1.02 (Hamilton, 1992), PNG (Third Edition), W3C, 2025, 11.3.4.3, CIPA DC-008 (Exif 2.32), 2019, and
Microsoft, BITMAPINFOHEADER.
"""

import struct

from aefusion.image.exif import RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION, byte_order, first_directory
from aefusion.image.jpeg import APP0, segments
from aefusion.image.png import Chunk
from aefusion.image.scale import Scale

_UNITS = {1: "", 2: "inch", 3: "cm"}
_BMP_DENSITY = 38


def density_of(data: bytes, kind: str, exif: bytes, chunks: list[Chunk] = []) -> Scale | None:  # noqa: B006
    """The scale that a file states, as stored, not turned; what its EXIF block says where it has no place of its own.

    ``chunks``: those of a PNG file. None where it says nothing.
    """
    found = None
    if kind == "jpeg":
        found = _of_jfif(data)
    elif kind == "png":
        found = next((_of_png(bytes(chunk.body)) for chunk in chunks if chunk.kind == b"pHYs"), None)
    elif kind == "bmp" and len(data) >= _BMP_DENSITY + 8 and struct.unpack_from("<I", data, 14)[0] >= 40:
        across, down = struct.unpack_from("<2i", data, _BMP_DENSITY)
        found = _scale(across / 100, down / 100, "cm")
    if found and found.unit:
        return found
    return _of_exif(exif) or found


def with_density(data: bytes, kind: str, scale: Scale | None) -> bytes:
    """The JPEG or BMP file with this scale, in pixels to an inch or a metre; as it is where that has no room."""
    if scale is None or scale.density is None:
        return data
    if kind == "jpeg" and data[3:4] == bytes([APP0]) and data[6:11] == b"JFIF\0":
        known = scale.in_unit("inch")
        numbers = [round(value) for value in known or _ratio(scale.density)]
        if all(0 < number < 1 << 16 for number in numbers):
            return data[:13] + struct.pack(">B2H", 1 if known else 0, *numbers) + data[18:]
    if kind == "bmp" and (known := scale.in_unit("m")) and all(0.5 <= value < 1 << 31 for value in known):
        return data[:_BMP_DENSITY] + struct.pack("<2i", *map(round, known)) + data[_BMP_DENSITY + 8 :]
    return data


def png_density(scale: Scale | None) -> bytes:
    """The content of the chunk pHYs; empty where there is no scale that it has room for."""
    if scale is None or scale.density is None:
        return b""
    known = scale.in_unit("m")
    numbers = [round(value) for value in known or _ratio(scale.density)]
    return struct.pack(">2IB", *numbers, 1 if known else 0) if all(0 < one < 1 << 31 for one in numbers) else b""


def _of_jfif(data: bytes) -> Scale | None:
    for marker, _, content in segments(data):
        if marker == APP0 and content.startswith(b"JFIF\0") and len(content) >= 12:
            unit, across, down = struct.unpack_from(">B2H", content, 7)
            return _scale(across, down, {1: "inch", 2: "cm"}.get(unit, ""))
    return None


def _of_png(body: bytes) -> Scale | None:
    if len(body) != 9:
        return None
    across, down, unit = struct.unpack(">2IB", body)
    return _scale(across / 100, down / 100, "cm") if unit == 1 else _scale(across, down, "")


def _of_exif(exif: bytes) -> Scale | None:
    try:
        order = byte_order(exif)
        tags = {tag.code: tag.data for tag in first_directory(exif) if isinstance(tag.data, bytes)}
        x, y = (struct.unpack(f"{order}2I", tags[code]) for code in (X_RESOLUTION, Y_RESOLUTION))
        unit = struct.unpack(f"{order}H", tags.get(RESOLUTION_UNIT, struct.pack(f"{order}H", 2)))[0]
    except (ValueError, KeyError, TypeError, struct.error):
        return None
    return _scale(x[0] / x[1], y[0] / y[1], _UNITS.get(unit, "")) if x[1] and y[1] else None


def _scale(across: float, down: float, unit: str) -> Scale | None:
    """A scale; None where it says nothing: 0, square pixels of no known size, one pixel to an inch."""
    if across <= 0 or down <= 0 or (across == down and (not unit or across == 1)):
        return None
    return Scale((across, down), unit)


def _ratio(density: tuple[float, float]) -> tuple[float, float]:
    """The same shape of a pixel in whole numbers."""
    across, down = density
    factor = 1 if across == round(across) and down == round(down) else 1000 / max(across, down)
    return across * factor, down * factor
