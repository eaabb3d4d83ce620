"""Radiometric JPEG files of DJI's cameras: the counts beside the picture that the camera made of them.

Source: the segments as ExifTool names them (P. Harvey, exiftool.org/TagNames/JPEG.html, ThermalData), and files of nine
models, in all of which the counts rise with the heat. DJI says nothing of the form.
"""

from collections.abc import Iterator

import numpy as np

from aefusion.image.exif import reset_orientation
from aefusion.image.exif_facts import exif_facts
from aefusion.image.jpeg import EXIF, jpeg_metadata, jpeg_structure, segments
from aefusion.image.orientation import upright
from aefusion.image.picture import Metadata, Picture

_APP3, _APP4 = 0xE3, 0xE4
_PARAMETERS = b"\xaa\x55"
"""How a segment begins that holds parameters and no counts."""
_SIZES = ((640, 512), (1280, 1024), (320, 256), (336, 256), (160, 120))
_OF_KNOWN_SCALE = ("MAVIC2-ENTERPRISE-ADVANCED", "M2EA", "M3T", "M30T", "H20N", "ZH20N", "H30T", "ZH30T", "M4T")
"""The models that count in 64ths of a kelvin, as files of them look."""
UNCHECKED = "degrees Celsius (counts / 64 - 273.15, not checked against DJI's program)"


def dji_temperatures(data: bytes) -> Picture | None:
    """What a DJI JPEG measured, float32, upright, as `Picture.measured`; None where it holds no counts.

    Degrees Celsius where the model is one that counts in 64ths of a kelvin and the values are then such as outdoors,
    or in a fire, occur: that scale is what others found, it was not checked against DJI's program. Else counts.
    """
    counts = dji_counts(data)
    if counts is None:
        return None
    metadata = jpeg_metadata(data)
    values, unit = counts.astype(np.float32), "counts"
    if exif_facts(metadata.exif).model.upper() in _OF_KNOWN_SCALE:
        celsius = values / 64 - np.float32(273.15)
        low, middle, high = np.percentile(celsius, (1, 50, 99))
        if low > -60 and -40 < middle < 150 and high < 1600:
            values, unit = celsius, UNCHECKED
    try:
        orientation, exif = reset_orientation(metadata.exif)
    except ValueError:
        orientation, exif = 1, b""
    return Picture(upright(values, orientation), metadata=Metadata(exif, b"", metadata.xmp), measured=True, unit=unit)


def dji_counts(data: bytes) -> np.ndarray | None:
    """The counts in the bytes of a JPEG file, uint16 (H, W), as stored; None where there are none."""
    parts: dict[int, list[bytes]] = {_APP3: [], _APP4: []}
    exif = b""
    for marker, _, content in segments(data):
        if marker in parts and not content.startswith(_PARAMETERS):
            parts[marker].append(content)
        elif content.startswith(EXIF):
            exif = content.removeprefix(EXIF)
    if not any(parts.values()) or "DJI" not in exif_facts(exif).make.upper():
        return None
    structure = jpeg_structure(data)
    for stored in (b"".join(content) for content in parts.values()):
        for width, height in _sizes(structure.width, structure.height, len(stored)):
            counts = np.frombuffer(stored, "<u2", width * height).reshape(height, width)
            if _is_smooth(counts):
                return counts.astype(np.uint16)
    return None


def _sizes(width: int, height: int, stored: int) -> Iterator[tuple[int, int]]:
    """The sizes that so many bytes may have beside a picture of a size: those that fill them, before others."""
    likely = [(width, height), (width // 2, height // 2), *_SIZES]
    for fits in (lambda size: size == stored, lambda size: 0 < size < stored):
        yield from (one for one in dict.fromkeys(likely) if fits(2 * one[0] * one[1]))


def _is_smooth(counts: np.ndarray) -> bool:
    """Whether neighbours, to the side and below, are alike, as in a picture in its right size and byte order.

    Of random numbers they differ by 0.29 of the range, of a wall with a camera's noise by 0.2.
    """
    values = counts.astype(np.float32)
    low, high = np.percentile(values, (1, 99))
    width = max(float(high - low), 16)
    return all(float(np.median(np.abs(np.diff(values, axis=axis)))) < width / 4 for axis in (0, 1))
