"""A volume, slice by slice: what DICOM and NIfTI files have in common."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.image.colour import counts_as_gray
from aefusion.medical.grid import Grid
from aefusion.medical.window import Table, Window, window_between

_SLICES, _VALUES = 64, 1 << 16
"""Slices that a look at a volume reads, and values that it takes of each."""


@dataclass(frozen=True)
class Volume:
    """Slices of one size, read when they are asked for."""

    name: str
    """What errors call it: its path."""
    count: int
    rows: int
    columns: int
    read: Callable[[int], np.ndarray]
    """A slice, counted from 0: (rows, columns) float32 in the file's units, NaN where there is nothing (padding), or
    (rows, columns, 3) uint8 RGB."""
    colour: bool = False
    """Whether slices are RGB."""
    grid: Grid | None = None
    """None if the file states no position."""
    window: Window | Table | None = None
    """What the file itself asks for."""
    inverted: bool = False
    """Whether small values are white (MONOCHROME1)."""
    modality: str = ""
    """CT, MR, PT, NM ... if the file says."""
    unit: str = ""
    """What the values are, if it is known: "HU", "Gy", "SUV"."""
    header: Any = None
    """The DICOM header of the first slice, without pixels; None of NIfTI."""
    sources: tuple[tuple[Any, ...], ...] = ()
    """For each slice the `dicom.Plane`s that it came from; of NIfTI none."""
    files: tuple[Path, ...] = ()
    """Of a series: all its files, those of slices too that resampling left out."""
    of: int = 1
    """How many volumes the file or the series holds, of which this is one."""

    def own_window(self, warn: Callable[[str], object] = warnings.warn) -> Window | Table:
        """One window for all slices, so that brightness does not jump between them.

        The file's own; without one, from the 0.1st to the 99.9th percentile of up to 64 slices spread over the volume.
        """
        if self.window:
            return self.window
        sample = np.concatenate([_thinned(part) for part in self.sample()])
        if not sample.size:
            warn(f"{self.name}: holds no values (padding or NaN only)")
            return Window(0.5, 1)
        low, high = (float(x) for x in np.percentile(sample, (0.1, 99.9)))
        if low == high:
            low, high = float(sample.min()), float(sample.max())
        if low == high:
            warn(f"{self.name}: all values are {low:g}: there is nothing to see")
        return window_between(low, high)

    def shows_colour(self) -> bool:
        """Whether any of up to 64 slices is more than gray stored as RGB."""
        return self.colour and not all(counts_as_gray(part) for part in self.sample())

    def sample(self) -> Iterator[np.ndarray]:
        """Up to 64 slices, spread over the volume."""
        return map(self.read, self.spread())

    def spread(self) -> list[int]:
        """The numbers of these slices, counted from 0."""
        return np.unique(np.linspace(0, self.count - 1, _SLICES).round().astype(int)).tolist()


def _thinned(values: np.ndarray) -> np.ndarray:
    values = values[np.isfinite(values)]
    return values[:: max(1, values.size // _VALUES)]


def shade(volume: Volume, values: np.ndarray, window: Window | Table) -> np.ndarray:
    """A slice as gray in [0, 1], float32: windowed, MONOCHROME1 turned round, black where there is nothing."""
    gray = window(values)
    if volume.inverted:
        gray = 1 - gray
    return np.nan_to_num(gray, nan=0.0)
