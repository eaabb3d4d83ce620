"""A thermogram as a picture to look at: in the colours of a palette, with spots, boxes and a bar."""

from collections.abc import Sequence

import numpy as np

from aefusion.image import Picture
from aefusion.image.palette import Palette, coloured, with_bar
from aefusion.thermal.thermogram import Measured, Thermogram

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_NOTHING = 96
"""The gray of what has no data."""


def drawn(
    thermogram: Thermogram, display: tuple[float, float], palette: Palette, marks: Sequence[Measured], bar: bool
) -> Picture:
    """The thermogram as 8-bit RGB: black ... white of the palette are the range ``display``; without data is gray.

    ``marks``: spots become crosses with their value, boxes frames with their highest value. ``bar``: with a bar of
    temperatures at the right side.
    """
    low, high = display
    known = np.isfinite(thermogram.values)
    shares = (np.where(known, thermogram.values, low) - low) / (high - low)
    pixels = coloured(shares, palette)
    pixels[~known] = _NOTHING
    for mark in marks:
        _mark(pixels, mark)
    if bar:
        pixels = with_bar(pixels, low, high, thermogram.unit, palette)
    return Picture(pixels, metadata=thermogram.metadata)


def _mark(pixels: np.ndarray, mark: Measured) -> None:
    import cv2

    size = max(0.35, pixels.shape[0] / 1000)
    thick = max(1, round(1.5 * size))
    arm = max(3, round(10 * size))
    is_spot = mark.width == mark.height == 1
    text = "-" if mark.high is None else f"{mark.high:.1f}"
    (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    right, bottom = mark.x + mark.width, mark.y + mark.height
    left = right + arm if right + arm + wide < pixels.shape[1] else max(0, mark.x - arm - wide)
    place = (left, min(pixels.shape[0] - 2, max(tall + 1, mark.y + tall // 2)))
    for colour, width in ((_BLACK, thick + 2), (_WHITE, thick)):
        if is_spot:
            cv2.line(pixels, (mark.x - arm, mark.y), (mark.x + arm, mark.y), colour, width)
            cv2.line(pixels, (mark.x, mark.y - arm), (mark.x, mark.y + arm), colour, width)
        else:
            cv2.rectangle(pixels, (mark.x, mark.y), (right - 1, bottom - 1), colour, width)
        cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, width, cv2.LINE_AA)
