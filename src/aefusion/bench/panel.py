"""The pictures of one pair beside each other, and the part of them that an inset shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from aefusion.image.colour import luminance

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of a picture."""
ZOOM = 4
"""How much larger than in the picture an inset is shown that nobody has placed."""


@dataclass
class Panel:
    """The pictures of one pair, uint8 (H, W) or (H, W, 3) RGB of one size, by name; `box` is what insets show."""

    task: str
    name: str
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    box: Box = (0, 0, 0, 0)
    failed: dict[str, str] = field(default_factory=dict)
    """Why there is no picture of a method; of the pair as a whole under the empty name."""
    sheet: str = ""
    """The name of the sheet that it belongs to."""


def within(box: Box, height: int, width: int) -> Box:
    """The part of a box that lies in a picture; ValueError where none does."""
    x, y, w, h = box
    left, top, right, bottom = max(0, x), max(0, y), min(x + w, width), min(y + h, height)
    if left >= right or top >= bottom:
        raise ValueError(f"inset {x} {y} {w} {h}: outside of a picture of {width}x{height}")
    return left, top, right - left, bottom - top


def most_different(pictures: Sequence[np.ndarray]) -> Box:
    """Where results differ most in detail: a box a quarter as wide and high as the pictures.

    Pictures: a, b, then the results, of one size. Detail is what is left without the mean of its surroundings of the
    box's size: a method that is brighter in the whole would else be shown where it is brightest. A single result is
    compared with the sources.
    """
    import cv2

    compared = pictures[2:] if len(pictures) > 3 else pictures
    height, width = pictures[0].shape[:2]
    h, w = max(1, height // ZOOM), max(1, width // ZOOM)
    grays = [luminance(picture) for picture in compared]
    details = np.stack([gray - cv2.blur(gray, (w, h), borderType=cv2.BORDER_REFLECT_101) for gray in grays])
    total = cv2.integral(details.var(axis=0))
    sums = total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w]
    y, x = np.unravel_index(np.argmax(sums), sums.shape)
    return int(x), int(y), w, h
