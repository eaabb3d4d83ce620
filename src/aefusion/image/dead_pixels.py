"""Pixels of a thermal picture that measured nothing: found, filled from their neighbours, or left out."""

from typing import NamedTuple

import numpy as np

THIN = 5
"""Dead pixels, lines and rows of other data are thinner than so many pixels; what is wider is an area without data."""
BORDER = 4
"""So many lines at each border may hold other data: cameras append their state to the picture, as telemetry."""
_FULL = 65535


class Cleaned(NamedTuple):
    """A thermal picture whose dead pixels are filled."""

    pixels: np.ndarray
    empty: np.ndarray | None
    """bool (H, W): where there are no data; None if they are everywhere."""
    filled: int
    """How many pixels were filled from their neighbours."""


def cleaned(pixels: np.ndarray, empty: np.ndarray | None = None) -> Cleaned:
    """A thermal picture with its dead pixels filled, and where it has no data.

    ``pixels``: (H, W), uint16 counts or float32 in any unit. ``empty``: bool (H, W), where there are none for sure.
    Dead are, if they lie in a spot or a line thinner than `THIN` pixels: NaN and infinity, what is ``empty``, and see
    `dead`. They become the mean of the nearest sound pixels. A wider area of 0, of NaN or of what is ``empty`` has no
    data; it keeps finite values, which mean nothing.

    >>> counts = np.full((9, 9), 7000, np.uint16)
    >>> counts[4, 4] = 0
    >>> cleaned(counts).pixels[4, 4], cleaned(counts).filled
    (np.uint16(7000), 1)
    """
    wrong = dead(pixels)
    if empty is not None:
        wrong |= empty
    if not wrong.any() or wrong.all():
        return Cleaned(pixels, wrong if wrong.any() else None, 0)
    areas = _areas(wrong)
    spots = wrong & ~areas
    # A wide area at the top of the range is hot, not empty.
    areas &= ~(pixels == _FULL) if pixels.dtype == np.uint16 else True
    return Cleaned(_filled(pixels, wrong, spots), areas if areas.any() else None, int(spots.sum()))


def dead(pixels: np.ndarray) -> np.ndarray:
    """Which pixels of a thermal picture measured nothing for sure: bool (H, W).

    Of counts: 0 and 65535, lines at the border that have nothing in common with their neighbours, and single pixels
    far below the rest. Single pixels far above are kept: they may be what somebody looks for. Of floats: NaN and
    infinity.
    """
    if pixels.dtype != np.uint16:
        return ~np.isfinite(pixels)
    import cv2

    wrong = (pixels == 0) | (pixels == _FULL)
    step = 4 if pixels.size > 1 << 16 else 1
    inner = pixels[BORDER:-BORDER:step, BORDER:-BORDER:step]
    sound = inner[(inner != 0) & (inner != _FULL)]
    if min(pixels.shape) < 3 * BORDER or not sound.size:
        return wrong
    low, high = np.percentile(sound, (1, 99))
    width = max(high - low, 16)
    for lines, wrong_lines in ((pixels, wrong), (pixels.T, wrong.T)):
        for outer in (range(BORDER), range(-1, -1 - BORDER, -1)):
            inner = np.median(lines[outer[-1] + (1 if outer[0] == 0 else -1)])
            for line in outer:
                if np.mean(np.abs(lines[line].astype(np.float32) - inner) > 2 * width) > 0.5:
                    wrong_lines[line] = True
    below = pixels < low - 2 * width
    if below.any():
        around = cv2.erode(cv2.medianBlur(pixels, 3), np.ones((3, 3), np.uint8))
        wrong |= below & (pixels < around - np.minimum(around, np.uint16(width)))
    return wrong


def _areas(wrong: np.ndarray) -> np.ndarray:
    """Those parts of a mask, whole, that are as wide and as high as `THIN` somewhere."""
    import cv2

    mask = wrong.astype(np.uint8)
    kernel = np.ones((THIN, THIN), np.uint8)
    cores = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    if not cores.any():
        return np.zeros_like(wrong)
    _, labels = cv2.connectedComponents(mask, connectivity=4)
    return np.isin(labels, np.unique(labels[cores > 0]))


def _filled(pixels: np.ndarray, wrong: np.ndarray, spots: np.ndarray) -> np.ndarray:
    """The pixels with the mean of sound neighbours at ``spots``, and the mean of all where data are missing."""
    import cv2

    sound = ~wrong
    mean = pixels[sound].mean(dtype=np.float64)
    values = np.where(sound, pixels, 0).astype(np.float32)
    known = sound.astype(np.float32)
    while (todo := spots & (known == 0)).any():
        # From the rim of a spot to its middle, a pixel at a time.
        total, count = (cv2.boxFilter(x, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
                        for x in (values, known))  # fmt: skip
        new = todo & (count > 0.5)
        if not new.any():
            break
        values[new] = total[new] / count[new]
        known[new] = 1
    result = pixels.copy()
    result[wrong] = np.where(known[wrong] > 0, values[wrong], mean).astype(pixels.dtype)
    return result
