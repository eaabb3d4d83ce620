"""The lights of a runway as a sensor sees them: points, and their halo in fog."""

import cv2
import numpy as np

from aefusion.evolution.made.runways import WIDTH, Runway
from aefusion.evolution.made.scene import Scene
from aefusion.evolution.made.seen_ground import FINE, SeenGround, in_view

BRIGHT = {"day": 1.5e5, "fog": 2.5e6, "infrared": 1.2e6}
"""The light of a lamp, such that one at the square root of it, in metres, is as bright as white."""
HALO = 7.0
"""The sigma of the halo in fog, in written pixels."""


def lamps(runway: Runway) -> np.ndarray:
    """Along, across and brightness of all lamps, float64 (lamps, 3): edges, threshold, end, approach lights, PAPI."""
    edge = WIDTH / 2 + 2
    rows = [(u, side * edge, 0.6) for u in np.arange(0, runway.length + 1, 60) for side in (-1, 1)]
    rows += [(end, v, 0.8) for end in (-2, runway.length + 2) for v in np.arange(-edge, edge + 1, 3)]
    rows += [(-u, v, 1.0) for u in np.arange(30, 901, 30) for v in (-1.5, 0, 1.5)]
    rows += [(-300, v, 1.0) for v in np.arange(-15, 15.1, 3)]
    rows += [(300, -edge - 15 - 9 * i, 2.0) for i in range(4)]
    return np.array(rows)


def runway_lights(runway: Runway, scene: Scene, seen: SeenGround, extinction: float) -> np.ndarray:
    """The light of the lamps in the rendered view, float32 (H, W), 0 where there is none.

    A lamp's light falls with the square of the distance and with what the air takes away, half of which goes forward
    into its halo. Lamps behind a hill are not seen.
    """
    rows = lamps(runway)
    x, y = runway.place(rows[:, 0], rows[:, 1])
    column, row, depth = in_view(scene, x, y, np.full(len(x), runway.height + 1.0))
    height, width = seen.depth.shape
    here = (depth > 30) & (column >= 0) & (column < width - 1) & (row >= 0) & (row < height - 1)
    light = np.zeros((2, height, width), np.float32)
    if not here.any():
        return light[0]
    column, row, depth, power = column[here], row[here], depth[here], rows[here, 2]
    free = seen.depth[np.int32(row), np.int32(column)] > depth * 0.96 - 40
    through = np.exp(-extinction * depth)
    flux = BRIGHT[scene.sensor] * power * free / depth**2
    for part, strength in enumerate(
        (np.minimum(flux * through, 2), np.minimum(flux * np.sqrt(through) * (1 - through), 2))
    ):
        for dy in (0, 1):
            for dx in (0, 1):
                share = np.abs(1 - dy - row % 1) * np.abs(1 - dx - column % 1)
                np.add.at(light[part], (np.int32(row) + dy, np.int32(column) + dx), strength * share)
    return spot(light[0], 0.7 * FINE) + 0.25 * spot(light[1], HALO * FINE, peak=0.05)


def spot(light: np.ndarray, sigma: float, peak: float = 1.0) -> np.ndarray:
    """Points of light as Gaussians; `peak` is the value in the middle of a point of light 1."""
    return cv2.GaussianBlur(light, (0, 0), sigma) * np.float32(peak * 2 * np.pi * sigma**2)
