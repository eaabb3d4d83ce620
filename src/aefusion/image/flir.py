"""Radiometric JPEG files of FLIR cameras: the records that they hold, and both pictures registered.

Source: the tags of FLIR files as ExifTool documents them (P. Harvey, exiftool.org/TagNames/FLIR.html).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aefusion.image.exif import reset_orientation
from aefusion.image.formats import format_of
from aefusion.image.jpeg import APP1, decode_jpeg, segments
from aefusion.image.orientation import upright
from aefusion.image.picture import Picture
from aefusion.image.planck import Camera, celsius
from aefusion.image.png import decode_png

_RAW, _PHOTOGRAPH, _CAMERA, _PLACE = 1, 14, 32, 42
_NAME = b"FLIR\0"


class NoTemperatures(ValueError):
    """A FLIR file without thermal picture, or with one that cannot be read."""


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


def temperatures(data: bytes, picture: Picture) -> Picture:
    """The temperatures in the bytes of a FLIR JPEG, in degrees Celsius, as measured values, turned upright.

    ``picture``: what was decoded from the same bytes, for its metadata. The temperatures hold for the emissivity, the
    distance and the air that the file states. NoTemperatures 'what is wrong: what to do' if there are none.
    """
    values = _celsius(_records(data))
    return Picture(
        upright(values, _orientation(data)), metadata=picture.metadata, measured=True, unit="degrees Celsius"
    )


def visible_and_temperatures(data: bytes, picture: Picture, warn: Callable[[str], object]) -> tuple[Picture, Picture]:
    """The visible photograph in the bytes of a FLIR JPEG, uint8 RGB, and the temperatures of what it shows.

    Both are of one size, in the photograph's pixels, cropped to what both show: the thermal picture is 1 / Real2IR
    times as wide as the photograph, and its centre lies OffsetX, OffsetY of the photograph's pixels beside the
    photograph's. That registration is the camera's: objects nearer than its setting are off by some pixels.
    ValueError where the file does not hold both, or does not say where they lie. ``warn``: see `decode_jpeg`.
    """
    import cv2

    records = _records(data)
    values, visible, place = _celsius(records), _photograph(records, warn), _place(records)
    if visible is None:
        raise ValueError("this FLIR file holds no visible photograph: give one as the other source")
    if place is None:
        wrong = "this FLIR file does not state where its photograph lies"
        raise ValueError(f'{wrong}: give both as files, with `align="auto"`')
    (height, width), (rows, columns) = visible.shape[:2], values.shape
    scale = width / place.real_to_ir / columns
    left = width / 2 + place.offset_x - scale * columns / 2
    top = height / 2 + place.offset_y - scale * rows / 2
    shift = scale / 2 - 0.5  # from centre of pixel to centre of pixel
    # Bilinear: no temperature comes out that is not between measured ones.
    there = cv2.warpAffine(
        values,
        np.array([[scale, 0, left + shift], [0, scale, top + shift]]),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    frame_x, frame_y = _frame(visible)
    x = slice(max(frame_x, round(left)), min(width - frame_x, round(left + scale * columns)))
    y = slice(max(frame_y, round(top)), min(height - frame_y, round(top + scale * rows)))
    if x.stop - x.start < 8 or y.stop - y.start < 8:
        raise ValueError("the offsets of this FLIR file leave nothing that both show: give both as files")
    orientation = _orientation(data)
    return (
        Picture(upright(visible[y, x], orientation), metadata=picture.metadata),
        Picture(upright(there[y, x], orientation), metadata=picture.metadata, measured=True, unit="degrees Celsius"),
    )


def _segments(data: bytes) -> list[bytes]:
    """What the application segments 1 of a JPEG file hold."""
    return [content for marker, _, content in segments(data) if marker == APP1]


def _records(data: bytes) -> dict[int, bytes]:
    """The records in a FLIR file by their type; of several of a type the first."""
    parts = sorted((part[6], part[8:]) for part in _segments(data) if part.startswith(_NAME) and len(part) > 8)
    file = b"".join(part for _, part in parts)
    found: dict[int, bytes] = {}
    try:
        order = ">" if struct.unpack_from(">I", file, 20)[0] < 1 << 16 else "<"
        directory, count = struct.unpack_from(f"{order}2I", file, 24)
        for i in range(count):
            kind, at, size = struct.unpack_from(f"{order}H10x2I", file, directory + 32 * i)
            found.setdefault(kind, file[at : at + size])
    except struct.error:
        raise NoTemperatures("its FLIR data are damaged: copy it again") from None
    return found


def _order(record: bytes) -> str:
    """The byte order of a record: each begins with a small number of 16 bits."""
    return "<" if struct.unpack_from("<H", record)[0] < 256 else ">"


def _celsius(records: dict[int, bytes]) -> np.ndarray:
    try:
        counts = _counts(records[_RAW])
        camera = Camera.of(records[_CAMERA], _order(records[_CAMERA]))
        with np.errstate(all="ignore"):
            values = celsius(counts, camera)
    except (KeyError, struct.error, ValueError):
        wrong = "holds FLIR data but no temperatures that can be read: give the original radiometric file"
        raise NoTemperatures(wrong) from None
    if not np.isfinite(values).all():
        raise NoTemperatures("its calibration does not fit its thermal picture: give the original radiometric file")
    return values


def _counts(record: bytes) -> np.ndarray:
    """The thermal picture as the camera counts, uint16 (H, W)."""
    width, height = struct.unpack_from(f"{_order(record)}2H", record, 2)
    if record[32:36] == b"\x89PNG":
        stored = decode_png(record[32:])[0]
    else:
        stored = np.frombuffer(record, np.uint16, width * height, 32).reshape(height, width)
    if stored.dtype != np.uint16 or stored.shape != (height, width):
        raise ValueError("not a thermal picture")
    # Files state their byte order wrongly, PNG ones nearly always; with the wrong one neighbours differ wildly.
    return min(stored, stored.byteswap(), key=lambda counts: np.abs(np.diff(counts.astype(np.int32))).mean())


def _photograph(records: dict[int, bytes], warn: Callable[[str], object]) -> np.ndarray | None:
    """The photograph, uint8 RGB, or None."""
    import cv2

    file = records.get(_PHOTOGRAPH, b"")[32:]
    kind = format_of(file)
    try:
        stored = decode_jpeg(file, warn) if kind == "jpeg" else decode_png(file)[0] if kind == "png" else None
    except ValueError:
        return None
    if stored is None or stored.dtype != np.uint8:
        return None
    if stored.ndim == 2:
        return cv2.cvtColor(stored, cv2.COLOR_GRAY2RGB)
    if kind == "png":  # the channels of these hold Y, Cb and Cr
        return cv2.cvtColor(np.ascontiguousarray(stored[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)
    return stored


def _place(records: dict[int, bytes]) -> Place | None:
    if len(records.get(_PLACE, b"")) < 8:
        return None
    place = Place(*struct.unpack_from("<f2h", records[_PLACE]))
    return place if 0.01 < place.real_to_ir < 100 else None


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
