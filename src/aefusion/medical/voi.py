"""The window that DICOM files ask for themselves (VOI: values of interest)."""

from collections.abc import Sequence

import numpy as np

from aefusion.medical.dicom import Plane
from aefusion.medical.window import Table, Window


def window_of(planes: Sequence[Plane]) -> Window | Table | None:
    """The files' own: one for all slices, from the lowest black to the highest white; or their table."""
    windows = [window for window in map(_own_window, planes) if window]
    if not windows:
        return _own_table(planes[0])
    if all(window == windows[0] for window in windows):
        return windows[0]
    low, high = min(window.ends[0] for window in windows), max(window.ends[1] for window in windows)
    return Window((low + high) / 2, high - low, windows[0].function)


def _own_window(plane: Plane) -> Window | None:
    group = "FrameVOILUTSequence"
    centre, width = plane.get("WindowCenter", group), plane.get("WindowWidth", group)
    try:
        # Of several the first, which viewers show first.
        centre, width = (float(np.atleast_1d(np.array(x, np.float64))[0]) for x in (centre, width))
        return Window(centre, width, str(plane.get("VOILUTFunction", group) or "LINEAR").upper())  # pyright: ignore
    except (ValueError, TypeError):
        return None


def _own_table(plane: Plane) -> Table | None:
    if not plane.header.get("VOILUTSequence"):
        return None
    from pydicom.pixels.processing import apply_voi

    count, first, bits = plane.header.VOILUTSequence[0].LUTDescriptor
    places = int(first) + np.arange(int(count) or 1 << 16)
    return Table(int(first), apply_voi(places, plane.header) / (2 ** int(bits) - 1))
