"""How a volume is shown: as pictures."""

from dataclasses import dataclass

import numpy as np

from aefusion.medical.colormap import coloured
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
        return self.picture(self.volume.read(number))

    def picture(self, values: np.ndarray) -> np.ndarray:
        """The same of a slice that is read already."""
        if self.window is None:
            return np.ascontiguousarray(values)
        gray = np.ascontiguousarray(shade(self.volume, values, self.window))
        return coloured(gray, self.colormap) if self.colormap else gray

    def colours(self, shares: np.ndarray) -> np.ndarray:
        """uint8 RGB (H, W, 3) of shares of the window, float (H, W) in [0, 1]."""
        gray = 1 - shares if self.volume.inverted else shares
        return coloured(gray, self.colormap) if self.colormap else np.dstack([np.rint(255 * gray).astype(np.uint8)] * 3)

    @property
    def in_words(self) -> str:
        """Modality, window, colour map; no name, so that nothing in it points to a patient."""
        unit = f" {self.volume.unit}" if self.volume.unit and isinstance(self.window, Window) else ""
        how = f"window {self.window}{unit}" if self.window else "colour as stored"
        return f"{self.volume.modality or 'volume'} ({how}{f', colour map {self.colormap}' if self.colormap else ''})"
