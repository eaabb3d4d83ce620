"""Window and level: from values (Hounsfield units, counts ...) to gray in [0, 1]."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True)
class Window:
    """A window as DICOM has it (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    LINEAR_EXACT goes from black at centre - width / 2 to white at centre + width / 2; LINEAR, made for whole numbers,
    from centre - width / 2 to centre + width / 2 - 1; SIGMOID is 1 / (1 + exp(-4 (x - centre) / width)).

    >>> Window(40, 80)(np.array([-1000, 0, 40, 60, 3000]))
    array([0.  , 0.  , 0.5 , 0.75, 1.  ], dtype=float32)
    """

    centre: float
    width: float
    function: Function = "LINEAR_EXACT"

    def __post_init__(self):
        least = 1 if self.function == "LINEAR" else 0
        if not (np.isfinite([self.centre, self.width]).all() and self.width > least):
            raise ValueError(f"window {self.centre:g} {self.width:g}: the width must be above {least}")

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """float32 in [0, 1] of values of any shape and type; NaN stays NaN."""
        values = np.asarray(values, np.float32)
        if self.function == "SIGMOID":
            # np.exp overflows where the result is 0 to every digit.
            exponent = np.minimum(np.float32(-4 / self.width) * (values - np.float32(self.centre)), 80)
            return 1 / (1 + np.exp(exponent))
        half = np.float32(0.5) if self.function == "LINEAR" else np.float32(0)
        gray = (values - (np.float32(self.centre) - half)) / (np.float32(self.width) - 2 * half) + np.float32(0.5)
        return np.clip(gray, 0, 1)

    @property
    def ends(self) -> tuple[float, float]:
        """The values of black and of white (of a sigmoid: of 0.12 and 0.88)."""
        return self.centre - self.width / 2, self.centre + self.width / 2

    def __str__(self) -> str:
        return f"centre {self.centre:g}, width {self.width:g}"


@dataclass(frozen=True, eq=False)
class Table:
    """A table of grays (DICOM's VOI LUT): the entry for `first`, for `first` + 1 and so on; beyond, the nearest."""

    first: float
    entries: np.ndarray
    """(n,) in [0, 1]."""

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """float32 in [0, 1] of values of any shape and type, between entries by linear interpolation; NaN stays NaN."""
        places = self.first + np.arange(len(self.entries))
        return np.interp(values, places, self.entries).astype(np.float32)

    def __str__(self) -> str:
        return f"the file's own table of {len(self.entries)} grays"


def window_between(low: float, high: float) -> Window:
    """The window with black at `low` and white at `high`; one unit wide if they are equal."""
    return Window((low + high) / 2, high - low) if high > low else Window(low + 0.5, 1)
