"""PNG files that other programs took out of FLIR files, where they are stored otherwise than PNG says."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from aefusion.image.depth import white
from aefusion.image.picture import Picture
from aefusion.image.thermal import counts_look_thermal


def extracted(picture: Picture, warn: Callable[[str], object]) -> Picture:
    """The picture of a PNG file, its bytes swapped where they clearly are the wrong way round.

    exiftool and others write the thermal picture of a FLIR file as it is stored, which mostly is with the low byte
    first; it looks like noise then. ``warn`` is called with one line where bytes were swapped, and where a colour
    picture looks like the Y, Cb and Cr of a FLIR file's photograph.
    """
    pixels = picture.pixels
    if pixels.dtype == np.uint16 and pixels.ndim == 2 and _is_swapped(pixels):
        warn("its bytes are the wrong way round, as in FLIR files, and were swapped")
        return replace(picture, pixels=pixels.byteswap())
    if pixels.ndim == 3 and _is_chroma(pixels):
        warn("looks like the Y, Cb and Cr of a photograph in a FLIR file: give the FLIR file itself")
    return picture


def _is_swapped(pixels: np.ndarray) -> bool:
    """Whether neighbours differ wildly, and hardly where the bytes are swapped, which gives a thermal picture then."""
    swapped = pixels.byteswap()
    if counts_look_thermal(pixels):
        return False
    thermal = counts_look_thermal(swapped)
    low = pixels & 255
    if thermal and low.flat[0] and (low == low.flat[0]).all():  # a scene so even that all counts have one high byte
        return True
    rough = _roughness(pixels)
    return rough > 0.02 and _roughness(swapped) < rough / (3 if thermal else 10)


def _roughness(pixels: np.ndarray) -> float:
    """By what part of the picture's range neighbours differ."""
    rows = pixels[:: max(1, len(pixels) // 64)].astype(np.float32)
    low, high = np.percentile(rows, (2, 98))
    return float(np.abs(np.diff(rows, axis=1)).mean()) / max(float(high - low), 1) if rows.shape[1] > 1 else 0


def _is_chroma(pixels: np.ndarray) -> bool:
    """Whether one channel varies and two keep near the middle, as Cb and Cr do where Y does not."""
    rows = pixels[:: max(1, len(pixels) // 64)].reshape(-1, 3) / white(pixels.dtype)
    spread, middle = rows.std(axis=0), np.median(rows, axis=0)
    return bool(spread[0] > 0.1 and (spread[1:] < spread[0] / 3).all() and (np.abs(middle[1:] - 0.5) < 0.12).all())
