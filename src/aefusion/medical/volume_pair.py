"""Two volumes on one grid, and how each of them is shown."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.image.colour import Colour
from aefusion.medical.colormap import COLORMAPS, coloured
from aefusion.medical.grid import Grid
from aefusion.medical.match import Resample, check_patients, on_one_grid
from aefusion.medical.open import open_volume
from aefusion.medical.volume import Volume, shade
from aefusion.medical.window import Table, Window


@dataclass(frozen=True)
class Shown:
    """A volume as pictures: one window and one colour map for all its slices."""

    volume: Volume
    window: Window | Table | None = None
    """None where slices are RGB."""
    colormap: str | None = None

    def __call__(self, number: int) -> np.ndarray:
        """A slice, counted from 0: (rows, columns) float32 in [0, 1], or (rows, columns, 3) uint8 RGB."""
        values = self.volume.read(number)
        if self.window is None:
            return np.ascontiguousarray(values)
        gray = np.ascontiguousarray(shade(self.volume, values, self.window))
        return coloured(gray, self.colormap) if self.colormap else gray

    @property
    def in_words(self) -> str:
        """Modality, window, colour map; no name, so that nothing in it points to a patient."""
        how = f"window {self.window}" if self.window else "colour as stored"
        return f"{self.volume.modality or 'volume'} ({how}{f', colour map {self.colormap}' if self.colormap else ''})"


@dataclass(frozen=True)
class VolumePair:
    """What is to be fused."""

    a: Shown
    b: Shown
    colour: Colour
    """Whose colour the result has: "a", "b", "auto" for that of both, "gray" for none."""
    resample: Resample | None = None
    """Which one was brought onto the other's grid, if one was."""
    different: tuple[str, ...] = ()
    """What the headers state differently although it should be one: "patients", "patient positions"."""

    @property
    def placed(self) -> Volume:
        """The one whose position in the patient the result has."""
        return self.b.volume if self.resample == "a-to-b" or not self.a.volume.grid else self.a.volume

    @property
    def grid(self) -> Grid | None:
        """The grid of both, or of the one that states a position."""
        return self.placed.grid

    @property
    def count(self) -> int:
        """How many slices there are."""
        return self.a.volume.count

    @property
    def in_words(self) -> str:
        """What is fused and how it is shown, in a sentence without names."""
        names = ("second", "first") if self.resample == "b-to-a" else ("first", "second")
        moved = f", the {names[0]} resampled onto the grid of the {names[1]}" if self.resample else ""
        forced = f"; of different {' and '.join(self.different)} by their headers" if self.different else ""
        return f"{self.a.in_words} and {self.b.in_words}{moved}{forced}"


@contextmanager
def open_pair(
    a: str | PathLike[str],
    b: str | PathLike[str],
    *,
    window_a: tuple[float, float] | None = None,
    window_b: tuple[float, float] | None = None,
    colormap: str | None = None,
    resample: Resample | None = None,
    series_a: int | None = None,
    series_b: int | None = None,
    force: bool = False,
    warn: Callable[[str], object] = warnings.warn,
) -> Iterator[VolumePair]:
    """Two volumes or slices, DICOM or NIfTI, checked and on one grid, while the context lasts.

    ``window_a``, ``window_b``: centre and width in the file's units (Hounsfield units of CT); else the file's own
    window, else percentiles; see `Volume.own_window`. ``colormap``: a name in `COLORMAPS` for the second. ``resample``:
    "b-to-a" brings the second onto the grid of the first, "a-to-b" the other way; it is not needed, and nothing is
    resampled, where the grids are one. ``force``: fuse what is of two patients, by their headers, all the same.
    ``warn``: is called with what was noticed.
    Raises ValueError or FileError, one line.
    """
    if colormap and colormap not in COLORMAPS:
        raise ValueError(f"colour map {colormap!r}: expected {', '.join(COLORMAPS)}")
    windows = [Window(*window) if window else None for window in (window_a, window_b)]
    with ExitStack() as opened:
        one = opened.enter_context(open_volume(Path(a), series_a, warn))
        other = opened.enter_context(open_volume(Path(b), series_b, warn))
        different = check_patients(one, other, force, warn)
        volumes = (one, other)
        for volume, window, colours in zip(volumes, windows, (None, colormap), strict=True):
            if volume.colour and (window or colours):
                raise ValueError(f"{volume.name}: is in colour: windows and colour maps are for gray values")
        on_grid = on_one_grid(one, other, resample, warn)
        shown = [
            Shown(moved, None if volume.colour else window or volume.own_window(warn), colours)
            for moved, volume, window, colours in zip(on_grid, volumes, windows, (None, colormap), strict=True)
        ]
        has = (volumes[0].shows_colour(), bool(colormap) or volumes[1].shows_colour())
        colour: Colour = "auto" if all(has) else "a" if has[0] else "b" if has[1] else "gray"
        as_they_are = on_grid[0] is one and on_grid[1] is other
        yield VolumePair(shown[0], shown[1], colour, None if as_they_are else resample, tuple(different))
