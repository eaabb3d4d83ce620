"""Counts and temperatures of thermal cameras as gray levels: one display range for a picture, a folder or a video."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.image.picture import Picture

Range = tuple[float, float] | Literal["auto", "set", "none"]
PERCENTILES = (0.1, 99.9)
"""The display range "auto" begins and ends at these percentiles of the values."""
BLACK = 655
"""What the lower end becomes, a hundredth of white. The network answers 0 otherwise than nearly 0 (over 0.5: 0.31 and
0.23), so that noise about the lower end would come out as blotches."""
_SAMPLED = 1 << 16


def display_range(pictures: Iterable[np.ndarray], kind: Literal["auto", "set"] = "auto") -> tuple[float, float]:
    """The range (low, high) in which all the pictures are shown, in their own unit.

    ``pictures``: (H, W) each, integers or floats of any range, of sizes that may differ; they are taken one after the
    other, so an iterator may read them. "set": the lowest and the highest value of all, so that nothing is clipped;
    "auto": percentiles 0.1 and 99.9 of all, so that a single dead pixel does not take the contrast (of pictures above
    65,536 pixels a regular part is counted). The range is never empty. ValueError if there is no picture.

    >>> display_range([np.array([[3000, 3100]]), np.array([[3050, 3900]])], "set")
    (3000.0, 3900.0)
    """
    samples, low, high = [], np.inf, -np.inf
    for pixels in pictures:
        low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
        # An odd step does not fall on the same columns in each row.
        samples.append(pixels.ravel()[:: max(1, pixels.size // _SAMPLED) | 1].astype(np.float32))
    if not samples:
        raise ValueError("a display range needs a picture")
    if kind == "auto":
        low, high = map(float, np.percentile(np.concatenate(samples), PERCENTILES))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def stretch(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    """The picture with ``low`` as nearly black and ``high`` as white, uint16; what lies beyond is clipped.

    ``pixels``: (H, W), integers or floats in the unit of ``low`` and ``high``. ValueError unless low < high.

    >>> stretch(np.array([[0.0, 20, 40, 60, 80]]), 20, 60).tolist()
    [[655, 655, 33095, 65535, 65535]]
    """
    check_range(low, high)
    share = np.clip((pixels.astype(np.float32) - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.rint(BLACK + share * (65535 - BLACK)).astype(np.uint16)


def check_range(low: float, high: float) -> None:
    """ValueError unless low < high."""
    if not low < high:
        raise ValueError(f"range {low:g} {high:g}: expected the lower value first, then the higher one")


def looks_thermal(low: float, high: float) -> bool:
    """Whether 16-bit values from ``low`` to ``high`` can only be those of a thermal camera.

    Those lie on a pedestal (counts, or hundredths of a kelvin): in a range narrower than an eighth of all values and
    than its distance from 0. A photograph of little light comes near black, one of too much light reaches white, and
    one of 10 or 12 bits stored in 16 begins at 0.

    >>> looks_thermal(3051, 4630), looks_thermal(40, 4095), looks_thermal(59000, 65535)
    (True, False, False)
    """
    return high - low < min(low, 65536 / 8) and high < 60000


def display_ranges(
    choice: Range,
    sources: Sequence[Iterable[Picture]],
    names: Sequence[str],
    warn: Callable[[str], object] = warnings.warn,
) -> list[tuple[float, float] | None]:
    """For each source the range in which its pictures are shown, or None where they stay as they are.

    A source is one picture, or all of a folder or a video, which then get one range. ``choice``: "auto" for
    `display_range` over what was measured by a thermal camera (`Picture.measured`, or `looks_thermal` by the source's
    first picture); "set", or (low, high) in the unit of the file, for those too, and where there is none of them for
    every 16-bit gray source; "none" for no source. ValueError if the range fits no source; ``names``: what it calls
    them. ``warn`` is called where nothing of a source lies in the given range.
    """
    if choice == "none":
        return [None] * len(sources)
    given = None if isinstance(choice, str) else choice
    begun = [(next(rest, None), rest) for rest in map(iter, sources)]
    able = [first is not None and has_values(first) for first, _ in begun]
    thermal = [
        first is not None and yes and (first.measured or looks_thermal(*display_range([first.pixels])))
        for (first, _), yes in zip(begun, able, strict=True)
    ]
    wanted = thermal if choice == "auto" or any(thermal) else able
    if choice != "auto" and not any(wanted):
        raise ValueError(f"range: neither 16-bit gray nor of a thermal camera: {', '.join(names)}: leave it out")
    found: list[tuple[float, float] | None] = []
    for (first, rest), yes, name in zip(begun, wanted, names, strict=True):
        pictures = (picture.pixels for picture in chain([first], rest) if picture is not None and has_values(picture))
        if yes and given and (wrong := outside(pictures, given)):
            warn(f"{name}: {wrong}")
        found.append((given or display_range(pictures, "set" if choice == "set" else "auto")) if yes else None)
    return found


def outside(pictures: Iterable[np.ndarray], display: tuple[float, float]) -> str:
    """In words, that no value of the pictures lies in a range; nothing where one does: no more are taken then."""
    lowest, highest = np.inf, -np.inf
    for pixels in pictures:
        lowest, highest = min(lowest, float(pixels.min())), max(highest, float(pixels.max()))
        if np.any((pixels >= display[0]) & (pixels <= display[1])):
            return ""
    wrong = f"nothing of it lies in the range {display[0]:g} to {display[1]:g}"
    return f"{wrong}: its values are {lowest:.6g} to {highest:.6g}: see `range`"


def has_values(picture: Picture) -> bool:
    """Whether a picture may hold counts or temperatures: measured values, or 16-bit gray."""
    return picture.measured or (picture.pixels.dtype == np.uint16 and not picture.is_colour)


def shown(picture: Picture, display: tuple[float, float] | None) -> Picture:
    """The picture in a display range, 16 bit; as it is where there is none, or where it holds no such values."""
    if display is None and picture.measured:
        display = display_range([picture.pixels])
    if display is None or not has_values(picture):
        return picture
    alpha = None if picture.alpha is None else to_depth(picture.alpha, np.uint16)
    return replace(picture, pixels=stretch(picture.pixels, *display), alpha=alpha, measured=False, unit="")
