"""A real terrain: the mountains of Jacksboro, Tennessee, in three parts that have nothing in common."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

FILE = "sample_data/jacksboro_fault_dem.npz"
"""The elevation model that matplotlib ships: 344 x 403 cells of 3 seconds of arc, from the USGS, public domain."""
CELL_NORTH, CELL_EAST = 92.8, 74.5
"""The size of a cell of the file at 36.6 degrees north, in metres."""
CELL = 15.0
"""The size of a cell of `Terrain`, in metres."""
PARTS = {
    "train": (slice(0, 344), slice(0, 240)),
    "validation": (slice(0, 172), slice(240, 403)),
    "test": (slice(172, 344), slice(240, 403)),
}
"""Rows and columns of the file: the mountains in the west, the ridge in the north-east, the plain in the south-east."""
DETAIL = ((120.0, 5.0), (60.0, 2.5), (30.0, 1.2))
"""The sensor sees more than the file has: cells of noise in metres, and its height on a slope of 1/5."""


Numbers = np.ndarray | float


@dataclass
class Terrain:
    """Heights in metres on a grid of square cells, float32 (rows, columns); rows go south, columns go east.

    Beyond its borders the terrain goes on as its mirror image, so that no part shows anything of another.
    """

    model: np.ndarray
    """What the map knows: the elevation model, interpolated."""
    real: np.ndarray
    """What a sensor sees: the same with the detail that the model has not."""

    @property
    def size(self) -> tuple[float, float]:
        """From west to east and from north to south, in metres."""
        rows, columns = self.model.shape
        return columns * CELL, rows * CELL


def terrain(part: str) -> Terrain:
    """The terrain of a part: "train", "validation" or "test". ValueError without matplotlib, which ships it."""
    rows, columns = PARTS[part]
    known = elevation()[rows, columns]
    size = (round(known.shape[1] * CELL_EAST / CELL), round(known.shape[0] * CELL_NORTH / CELL))
    model = cv2.GaussianBlur(cv2.resize(known, size, interpolation=cv2.INTER_CUBIC), (0, 0), 2)
    slope = np.hypot(*np.gradient(model, CELL))
    rng = np.random.default_rng(list(PARTS).index(part))
    detail = np.zeros_like(model)
    for cell, height in DETAIL:
        values = rng.standard_normal([int(n * CELL / cell) + 1 for n in model.shape]).astype(np.float32)
        detail += np.float32(height) * cv2.resize(values, size, interpolation=cv2.INTER_CUBIC)
    return Terrain(model, model + detail * np.clip(slope * 5, 0.05, 2).astype(np.float32))


@cache
def elevation() -> np.ndarray:
    """The whole elevation model, float32 (344, 403), in metres."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise ValueError("the terrain is in matplotlib, which is not installed: pip install 'aefusion[lab]'") from None
    with np.load(Path(matplotlib.get_data_path()) / FILE) as file:
        return file["elevation"].astype(np.float32)


def at(grid: np.ndarray, x: Numbers, y: Numbers) -> np.ndarray:
    """The values of a grid at places in metres, east and south of its corner: linear between, mirrored beyond.

    x, y: (H, W), or (n,), or numbers. Gives float32 of the same shape.
    """
    u, v = (np.atleast_1d(np.asarray(z, np.float32) / np.float32(CELL)) for z in (x, y))
    values = cv2.remap(grid, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return values.reshape(np.shape(x))
