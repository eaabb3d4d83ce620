"""Whether a window suits the values that it is laid over."""

import warnings
from collections.abc import Callable

import numpy as np

from aefusion.files import FileError
from aefusion.medical.volume import Volume
from aefusion.medical.window import Table, Window

MOST = 0.95
"""A window that leaves a larger share of the values at one of its ends shows next to nothing."""


def check_ends(volume: Volume, window: Window | Table | None, warn: Callable[[str], object] = warnings.warn) -> None:
    """A warning if a window leaves more than `MOST` of the values below its lower end, or above its upper end.

    Looked at are up to 64 slices; those that cannot be read are told of where they are fused. The smallest value of all
    counts for nothing: it is what lies around the patient.
    """
    if not isinstance(window, Window):
        return
    low, high = window.ends
    total = below = above = at_least = 0
    least, most = np.inf, -np.inf
    for number in volume.spread():
        try:
            values = volume.read(number)
        except FileError:
            continue
        values = values[np.isfinite(values)]
        if not values.size:
            continue
        first = float(values.min())
        if first < least:
            least, at_least = first, 0
        at_least += int((values == least).sum())
        most = max(most, float(values.max()))
        total += values.size
        below += int((values < low).sum())
        above += int((values > high).sum())
    total -= at_least
    if total <= 0:
        return
    below -= at_least if least < low else 0
    above -= at_least if least > high else 0
    unit = f" {volume.unit}" if volume.unit else ""
    for count, end in ((below, "lower"), (above, "upper")):
        if count > MOST * total:
            warn(
                f"{volume.name}: {count / total:.0%} of the values lie beyond the {end} end of the window ({window}): "
                f"they go from {least:g} to {most:g}{unit}"
            )
