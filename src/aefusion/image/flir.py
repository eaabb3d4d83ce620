"""Radiometric JPEG files of FLIR cameras: temperatures and a visible photograph in one file, through flyr."""

import re
from io import BytesIO
from typing import Any

import numpy as np

from aefusion.image.exif import reset_orientation
from aefusion.image.orientation import upright
from aefusion.image.picture import Picture

_SEGMENT = re.compile(rb"\xff\xe1..FLIR\0\x01", re.DOTALL)
_RGB_PNG = re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR.{8}\x08\x02", re.DOTALL)


def is_flir(data: bytes) -> bool:
    """Whether a JPEG file holds data of a FLIR camera."""
    return _SEGMENT.search(data) is not None


class NoTemperatures(ValueError):
    """A FLIR file without thermal picture, or with one that cannot be read."""


def temperatures(data: bytes, picture: Picture) -> Picture:
    """The temperatures in the bytes of a FLIR JPEG, in degrees Celsius, as measured values, turned upright.

    ``picture``: what was decoded from the same bytes, for its metadata. The temperatures hold for the emissivity, the
    distance and the air that the file states. NoTemperatures 'what is wrong: what to do' if there are none; ValueError
    if flyr is missing.
    """
    return _measured(_celsius(_unpacked(data)), data, picture)


def visible_and_temperatures(data: bytes, picture: Picture) -> tuple[Picture, Picture]:
    """The visible photograph in the bytes of a FLIR JPEG, uint8 RGB, and the temperatures of what it shows.

    Both are of one size, in the photograph's pixels, cropped to what both show: the thermal picture is 1 / Real2IR
    times as wide as the photograph, and its centre lies OffsetX, OffsetY of the photograph's pixels beside the
    photograph's. That registration is the camera's: objects nearer than its setting are off by some pixels.
    ValueError where the file does not hold both, or does not say where they lie.
    """
    import cv2

    thermogram = _unpacked(data)
    celsius, visible, placed = _celsius(thermogram), thermogram.optical, thermogram.pip_info
    if visible is None:
        raise ValueError("this FLIR file holds no visible photograph: give one as the other source")
    if placed is None or not 0 < placed.real_to_ir < 100:
        raise ValueError(
            "this FLIR file does not state where its photograph lies: give both as files, with --align auto"
        )
    if visible.ndim == 2:
        visible = cv2.cvtColor(visible, cv2.COLOR_GRAY2RGB)
    visible = visible[..., :3]
    if _RGB_PNG.search(data):  # FLIR stores Y, Cb and Cr in the channels of its PNG photographs
        visible = cv2.cvtColor(np.ascontiguousarray(visible[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)

    (height, width), (rows, columns) = visible.shape[:2], celsius.shape
    scale = width / placed.real_to_ir / columns
    left = width / 2 + placed.offset_x - scale * columns / 2
    top = height / 2 + placed.offset_y - scale * rows / 2
    shift = scale / 2 - 0.5  # from centre of pixel to centre of pixel
    # Bilinear: no temperature comes out that is not between measured ones.
    there = cv2.warpAffine(
        celsius,
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
    return Picture(upright(visible[y, x], _orientation(data)), metadata=picture.metadata), _measured(
        there[y, x], data, picture
    )


def _unpacked(data: bytes) -> Any:
    try:
        import flyr
    except ModuleNotFoundError:
        raise ValueError("reading temperatures needs flyr: pip install 'aefusion[thermal]'") from None
    try:
        return flyr.unpack(BytesIO(data))
    except Exception:  # flyr meets what it does not know with nearly any exception
        wrong = "holds FLIR data but no temperatures that can be read: give the original radiometric file"
        raise NoTemperatures(wrong) from None


def _celsius(thermogram: Any) -> np.ndarray:
    values = thermogram.celsius.astype(np.float32)
    if not np.isfinite(values).all():
        raise NoTemperatures("its calibration does not fit its thermal picture: give the original radiometric file")
    return values


def _measured(celsius: np.ndarray, data: bytes, picture: Picture) -> Picture:
    return Picture(upright(celsius, _orientation(data)), metadata=picture.metadata, measured=True)


def _orientation(data: bytes) -> int:
    """The orientation that the file states, for pictures inside, which are stored as the outer one is."""
    at = data.find(b"Exif\0\0")
    try:
        return reset_orientation(data[at + 6 : at + 6 + 65536])[0] if at >= 0 else 1
    except ValueError:
        return 1


def _frame(visible: np.ndarray) -> tuple[int, int]:
    """The width of the black frame at each side, above and below: some cameras pad the photograph, to all sides alike.

    A night picture that is dark to its border is not dark by the same widths at both sides.
    """
    light = visible.max(axis=2)
    widths = []
    for axis in (0, 1):
        # The median: beside a frame JPEG leaves some light pixels in dark lines.
        where = np.flatnonzero(np.median(light, axis) > 8)
        first, last = (int(where[0]), light.shape[1 - axis] - 1 - int(where[-1])) if where.size else (0, 0)
        widths.append(max(first, last) if abs(first - last) <= 2 else 0)
    return widths[0], widths[1]
