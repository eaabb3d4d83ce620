"""What grows on the terrain: woods, fields with hedges, and roads. All of it is made up."""

from dataclasses import dataclass

import cv2
import numpy as np

from aefusion.evolution.made.seen_ground import SeenGround
from aefusion.evolution.made.terrain import CELL, Terrain, at

TILE = 512
"""Noise repeats after so many cells."""
TREES, GRAIN = (5.0, 13.0, 40.0, 120.0), (2.5, 12.0, 45.0, 300.0)
"""The sizes of crowns and groups of trees, and of what is uneven in fields, in metres."""
FIELD = 260.0
"""The usual size of a field, in metres."""
ROAD = 9.0


@dataclass
class Land:
    """What covers a terrain, on its grid, each float32 (rows, columns)."""

    wood: np.ndarray
    """The share of woods, 0 to 1."""
    field: np.ndarray
    """How bright a field is, 0 to 1."""
    hedge: np.ndarray
    """The distance to the next border of a field, in metres."""
    road: np.ndarray
    """The distance to the next road, in metres."""
    noise: np.ndarray
    """(TILE, TILE): values of mean 0 and standard deviation 1."""


def land(ground: Terrain, rng: np.random.Generator) -> Land:
    """Cover a terrain: woods on slopes and in groups, fields where it is gentle, roads in the valleys."""
    shape = ground.model.shape
    slope = cv2.GaussianBlur(np.hypot(*np.gradient(ground.model, CELL)).astype(np.float32), (0, 0), 3)
    groups = uneven(shape, 900, rng) + 0.5 * uneven(shape, 250, rng)
    wood = np.clip((slope - 0.1) * 12 + groups * 0.9 - 0.1, 0, 1)
    field, hedge = fields(shape, rng)
    routes = [uneven(shape, size, rng) for size in (2600, 4200)]
    road = np.minimum.reduce([to_zero(x + slope * 2) for x in routes])
    return Land(wood, field, hedge, road, rng.standard_normal((TILE, TILE)).astype(np.float32))


def uneven(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> np.ndarray:
    """Noise on the terrain's grid with features of a size in metres; mean 0, standard deviation about 1."""
    cells = [int(np.ceil(n * CELL / size)) + 3 for n in shape]
    values = rng.standard_normal(cells).astype(np.float32)
    full = cv2.resize(values, None, fx=size / CELL, fy=size / CELL, interpolation=cv2.INTER_CUBIC)
    return full[: shape[0], : shape[1]] * np.float32(1.4)


def fields(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Fields around random points, by the distance in whole rows and columns, so that their borders are straight."""
    count = int(shape[0] * shape[1] * (CELL / FIELD) ** 2)
    points = np.ones(shape, np.uint8)
    points[rng.integers(shape[0], size=count), rng.integers(shape[1], size=count)] = 0
    _, labels = cv2.distanceTransformWithLabels(points, cv2.DIST_L1, 3, labelType=cv2.DIST_LABEL_PIXEL)
    gray = rng.uniform(0, 1, labels.max() + 1).astype(np.float32)[labels]
    border = (np.diff(labels, axis=0, prepend=labels[:1]) != 0) | (np.diff(labels, axis=1, prepend=labels[:, :1]) != 0)
    return cv2.GaussianBlur(gray, (0, 0), 0.5), cv2.distanceTransform((~border).astype(np.uint8), cv2.DIST_L2, 3) * CELL


def to_zero(values: np.ndarray) -> np.ndarray:
    """The distance in metres to where smooth values are zero, good near to it."""
    steep = np.hypot(*np.gradient(values, CELL)).astype(np.float32)
    return np.abs(values) / np.maximum(steep, 2e-4)


def albedo(cover: Land, seen: SeenGround) -> np.ndarray:
    """How bright the ground is by itself at each pixel that shows any, float32 (H, W) in 0 to 1."""
    wood, field, hedge, road = (at(x, seen.x, seen.y) for x in (cover.wood, cover.field, cover.hedge, cover.road))
    trees = sum(
        textured(cover.noise, seen, size) * weight for size, weight in zip(TREES, (0.5, 0.45, 0.35, 0.2), strict=True)
    )
    grain = sum(textured(cover.noise, seen, size) for size in GRAIN)
    forest = 0.2 * np.clip(1 + 0.7 * trees, 0.15, 2.2)
    meadow = (0.34 + 0.34 * field) * np.clip(1 + 0.07 * grain, 0.5, 1.5)
    soft = np.maximum(seen.footprint, 4)
    meadow = meadow * (1 - 0.35 * np.clip(0.9 - hedge / (soft + 4), 0, 1) * covered(8, seen))
    ground = forest * wood + meadow * (1 - wood)
    way = np.clip((ROAD - road) / soft + 0.5, 0, 1) * covered(2 * ROAD, seen) * (1 - 0.7 * wood)
    return np.clip(ground * (1 - way) + 0.62 * way, 0.02, 1).astype(np.float32)


def textured(noise: np.ndarray, seen: SeenGround, size: float) -> np.ndarray:
    """Noise of a size on the ground, which vanishes where a pixel is larger than it."""
    x, y = (np.mod(z / np.float32(size), TILE).astype(np.float32) for z in (seen.x, seen.y))
    return cv2.remap(noise, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP) * covered(size, seen)


def covered(size: float, seen: SeenGround) -> np.ndarray:
    """How much of a thing of a size in metres is left in a pixel: 1 near, falling far away."""
    return np.minimum(1, np.float32(size) / seen.extent)
