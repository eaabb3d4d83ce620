"""A thermal picture as numbers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aefusion.image import Metadata, Picture


@dataclass(frozen=True)
class Measured:
    """What was measured at a spot or in a box."""

    x: int
    """Columns from the left, counted from 0."""
    y: int
    """Rows from the top, counted from 0."""
    width: int
    """1 and 1 for a spot."""
    height: int
    low: float | None
    """The lowest, the highest and the mean value; None where nothing was measured there."""
    high: float | None
    mean: float | None

    def row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class Thermogram:
    """What a thermal camera measured.

    >>> thermogram = Thermogram(np.array([[20.0, 21.0], [22.0, np.nan]], np.float32), "degrees Celsius")
    >>> thermogram.spot(1, 0).mean, thermogram.whole.high, thermogram.hottest
    (21.0, 22.0, (0, 1))
    """

    values: np.ndarray
    """float32 (H, W), upright; NaN where there are no data."""
    unit: str
    """In words: "degrees Celsius", or "counts" where the scale is not known."""
    metadata: Metadata = field(default_factory=Metadata, repr=False)
    warnings: tuple[str, ...] = ()
    """What was noticed on the way, a line each."""

    @property
    def whole(self) -> Measured:
        """The statistics of all of it."""
        height, width = self.values.shape
        return self.box(0, 0, width, height)

    def spot(self, x: int, y: int) -> Measured:
        """The value at a pixel; ValueError where it lies outside."""
        return self.box(x, y, 1, 1)

    def box(self, x: int, y: int, width: int, height: int) -> Measured:
        """The statistics of a part: of so many columns from column ``x`` on, and rows from row ``y`` on.

        ValueError unless all of it lies inside.
        """
        rows, columns = self.values.shape
        if not (min(x, y) >= 0 and 0 < width <= columns - x and 0 < height <= rows - y):
            what = f"spot {x},{y}" if width == height == 1 else f"box {x},{y},{width},{height}"
            raise ValueError(f"{what}: lies outside: the picture has {columns} columns and {rows} rows, from 0 on")
        part = self.values[y : y + height, x : x + width]
        part = part[np.isfinite(part)].astype(np.float64)
        numbers = (float(part.min()), float(part.max()), float(part.mean())) if part.size else (None, None, None)
        return Measured(x, y, width, height, *numbers)

    @property
    def hottest(self) -> tuple[int, int] | None:
        """Column and row of the highest value; None where there are no data at all."""
        return self._place(np.nanargmax)

    @property
    def coldest(self) -> tuple[int, int] | None:
        """Column and row of the lowest value."""
        return self._place(np.nanargmin)

    def _place(self, find: Callable[[np.ndarray], np.intp]) -> tuple[int, int] | None:
        if not np.isfinite(self.values).any():
            return None
        row, column = divmod(int(find(self.values)), self.values.shape[1])
        return column, row

    @property
    def picture(self) -> Picture:
        """The same as `Picture.measured`, transparent where there are no data."""
        known = np.isfinite(self.values)
        if known.all() or not known.any():
            return Picture(self.values, metadata=self.metadata, measured=True, unit=self.unit)
        filled = np.where(known, self.values, self.values[known].mean()).astype(np.float32)
        return Picture(filled, known.astype(np.float32), self.metadata, measured=True, unit=self.unit)
