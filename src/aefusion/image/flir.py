"""Radiometric JPEG files of FLIR cameras: the records that they hold, and both pictures registered.

Source: the tags of FLIR files as ExifTool documents them (P. Harvey, exiftool.org/TagNames/FLIR.html).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aefusion.image.exif import reset_orientation
from aefusion.image.exif_facts import exif_facts
from aefusion.image.fff import PHOTOGRAPH, PLACE, records, temperatures
from aefusion.image.formats import format_of
from aefusion.image.jpeg import APP1, decode_jpeg, jpeg_metadata, segments
from aefusion.image.orientation import upright
from aefusion.image.picture import Metadata, Picture
from aefusion.image.png import decode_png, png_chunks
from aefusion.image.turned_outside import composed, turned_outside

_NAME = b"FLIR\0"
CELSIUS = "degrees Celsius"


@dataclass(frozen=True)
class Place:
    """Where the thermal picture lies in the photograph."""

    real_to_ir: float
    """How many times as wide as the thermal picture the photograph is."""
    offset_x: int
    """How many pixels of the photograph the centre of the thermal picture lies right of the photograph's."""
    offset_y: int
    """The same, below."""


def is_flir(data: bytes) -> bool:
    """Whether a JPEG file holds data of a FLIR camera."""
    return any(segment.startswith(_NAME) for segment in _segments(data))


def flir_temperatures(data: bytes, picture: Picture, warn: Callable[[str], object]) -> Picture:
    """The temperatures in the bytes of a FLIR JPEG, in degrees Celsius, as measured values, turned upright.

    ``picture``: what was decoded from the same bytes, for its metadata. ``warn``: see `fff.temperatures`.
    NoTemperatures 'what is wrong: what to do' if there are none.
    """
    values, empty = temperatures(flir_records(data), warn)
    return measured(values, empty, _lying(data, picture, values, warn), picture)


def measured(values: np.ndarray, empty: np.ndarray | None, orientation: int, picture: Picture | None) -> Picture:
    """Degrees as a picture of measured values, upright, transparent where it is ``empty``, with metadata."""
    alpha = None if empty is None else upright((~empty).astype(np.float32), orientation)
    metadata = Metadata() if picture is None else picture.metadata
    return Picture(upright(values, orientation), alpha, metadata, measured=True, unit=CELSIUS)


def visible_and_temperatures(data: bytes, picture: Picture, warn: Callable[[str], object]) -> tuple[Picture, Picture]:
    """The visible photograph in the bytes of a FLIR JPEG, uint8 RGB, and the temperatures of what it shows.

    Both are of one size, in the photograph's pixels, cropped to what both show: the thermal picture is 1 / Real2IR
    times as wide as the photograph, and its centre lies OffsetX, OffsetY of the photograph's pixels beside the
    photograph's. That registration is the camera's: objects nearer than its setting are off by some pixels.
    ValueError where the file does not hold both, or does not say where they lie. ``warn``: see `decode_jpeg` and
    `fff.temperatures`.
    """
    import cv2

    kept, zoom = flir_records(data), exif_facts(jpeg_metadata(data).exif).digital_zoom

    def said(wrong: str) -> None:
        warn(f"its photograph is {wrong}")

    (values, empty), visible, place = temperatures(kept, warn), _photograph(kept, said), _place(kept, zoom)
    if visible is None:
        advice = "give one as the other source, or take the temperatures alone with `aefusion thermal`"
        raise ValueError(f"this FLIR file holds no visible photograph: {advice}")
    if place is None:
        wrong = "this FLIR file does not state where its photograph lies"
        raise ValueError(f'{wrong}: give both as files, with `align="auto"`')
    (height, width), (rows, columns) = visible.shape[:2], values.shape
    scale = width / place.real_to_ir / columns
    left = width / 2 + place.offset_x - scale * columns / 2
    top = height / 2 + place.offset_y - scale * rows / 2
    shift = scale / 2 - 0.5  # from centre of pixel to centre of pixel
    # Bilinear: no temperature comes out that is not between measured ones.
    matrix = np.array([[scale, 0, left + shift], [0, scale, top + shift]])
    there, nothing = (
        cv2.warpAffine(one, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for one in (values, np.zeros_like(values) if empty is None else empty.astype(np.float32))
    )
    frame_x, frame_y = _frame(visible)
    x = slice(max(frame_x, round(left)), min(width - frame_x, round(left + scale * columns)))
    y = slice(max(frame_y, round(top)), min(height - frame_y, round(top + scale * rows)))
    if x.stop - x.start < 8 or y.stop - y.start < 8:
        raise ValueError("the offsets of this FLIR file leave nothing that both show: give both as files")
    orientation = _lying(data, picture, values, warn)
    return (
        Picture(upright(visible[y, x], orientation), metadata=picture.metadata),
        measured(there[y, x], None if empty is None else nothing[y, x] > 0, orientation, picture),
    )


def _segments(data: bytes) -> list[bytes]:
    """What the application segments 1 of a JPEG file hold."""
    return [content for marker, _, content in segments(data) if marker == APP1]


def flir_records(data: bytes) -> dict[int, bytes]:
    """The records in a FLIR JPEG by their kind."""
    parts = sorted((part[6], part[8:]) for part in _segments(data) if part.startswith(_NAME) and len(part) > 8)
    return records(b"".join(part for _, part in parts))


def _photograph(kept: dict[int, bytes], warn: Callable[[str], object]) -> np.ndarray | None:
    """The photograph, uint8 RGB, or None."""
    import cv2

    file = kept.get(PHOTOGRAPH, b"")[32:]
    kind = format_of(file)
    try:
        if kind == "jpeg":
            stored = decode_jpeg(file, warn)
        else:
            stored = decode_png(png_chunks(file))[0] if kind == "png" else None
    except ValueError:
        return None
    if stored is None or stored.dtype != np.uint8:
        return None
    if stored.ndim == 2:
        return cv2.cvtColor(stored, cv2.COLOR_GRAY2RGB)
    if kind == "png":  # the channels of these hold Y, Cb and Cr
        return cv2.cvtColor(np.ascontiguousarray(stored[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)
    return stored


def _place(kept: dict[int, bytes], zoom: float) -> Place | None:
    """Where the thermal picture lies: the file states it for the zoomed view, and the thermal picture is not zoomed."""
    if len(kept.get(PLACE, b"")) < 8:
        return None
    ratio, offset_x, offset_y = struct.unpack_from("<f2h", kept[PLACE])
    place = Place(ratio / zoom, offset_x, offset_y)
    return place if 0.01 < place.real_to_ir < 100 else None


def _lying(data: bytes, picture: Picture, values: np.ndarray, warn: Callable[[str], object]) -> int:
    """The orientation of the pictures inside: the one that is stated, and what another program did to the outer one."""
    stated = _orientation(data)
    way = turned_outside(picture.pixels, upright(values, stated))
    if way == 1:
        return stated
    warn("another program turned its outer picture: the pictures inside are turned as that one")
    return composed(stated, way)


def _orientation(data: bytes) -> int:
    """The orientation that the file states, for pictures inside, which are stored as the outer one is."""
    for segment in _segments(data):
        if segment.startswith(b"Exif\0\0"):
            try:
                return reset_orientation(segment[6:])[0]
            except ValueError:
                break
    return 1


def _frame(visible: np.ndarray) -> tuple[int, int]:
    """The width of the black frame at each side, above and below: some cameras pad the photograph, to all sides alike.

    A night picture that is dark to its border is not dark by the same widths at both sides.
    """
    light = np.ascontiguousarray(visible[..., 1])
    widths = []
    for axis in (0, 1):
        # The median: beside a frame JPEG leaves some light pixels in dark lines.
        where = np.flatnonzero(np.median(light, axis) > 8)
        first, last = (int(where[0]), light.shape[1 - axis] - 1 - int(where[-1])) if where.size else (0, 0)
        widths.append(max(first, last) if abs(first - last) <= 2 else 0)
    return widths[0], widths[1]
