"""A pair of combined vision: the enhanced and the synthetic picture of one moment of a flight."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from aefusion.evolution.made.enhanced_vision import enhanced_vision, sensed
from aefusion.evolution.made.land import Land, land
from aefusion.evolution.made.runways import Runway, build_runways
from aefusion.evolution.made.scene import SIZE, Scene, draw_scene
from aefusion.evolution.made.seen_ground import FINE, HEIGHT, WIDTH, seen_ground
from aefusion.evolution.made.synthetic_vision import synthetic_vision
from aefusion.evolution.made.terrain import PARTS, Terrain, terrain

AIRFIELDS = {"train": 12, "validation": 5, "test": 5}


@dataclass
class World:
    """A part of the terrain with what was made up on it; the same each time."""

    ground: Terrain
    runways: list[Runway]
    cover: Land


@lru_cache(maxsize=1)
def world(part: str) -> World:
    """The part "train", "validation" or "test"; ValueError for any other name, and without matplotlib."""
    if part not in PARTS:
        raise ValueError(f"no part {part!r} of the terrain: give one of {', '.join(PARTS)}")
    rng = np.random.default_rng([7, list(PARTS).index(part)])
    ground = terrain(part)
    runways = build_runways(ground, AIRFIELDS[part], rng)
    return World(ground, runways, land(ground, rng))


def combined_vision(part: str, number: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, Scene]:
    """Enhanced and synthetic picture, uint8 (300, 400), and their scene; the same for the same arguments.

    The sensor sees detail that the map has not. So ridges and slopes agree, but not to the pixel.
    """
    place = world(part)
    scene, rng = scene_of(part, number, seed)
    light = enhanced_vision(
        place.ground, place.cover, place.runways, scene, seen_ground(place.ground.real, scene), rng
    )  # fmt: skip
    display = synthetic_vision(place.ground, place.runways, scene, seen_ground(place.ground.model, scene))
    enhanced = sensed(framed(light, scene.roll), scene, rng)
    synthetic = framed(display, scene.roll + scene.turned, scene.offset)
    return as_bytes(enhanced), as_bytes(synthetic), scene


def scene_of(part: str, number: int, seed: int = 0) -> tuple[Scene, np.random.Generator]:
    """The scene of a pair, and what its clouds and noise are drawn from."""
    place = world(part)
    rng = np.random.default_rng([seed, list(PARTS).index(part), number])
    return draw_scene(place.ground, place.runways, rng), rng


def framed(view: np.ndarray, roll: float, offset: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """The rendered view turned by a roll in degrees (right wing down: the horizon turns left), at the written size."""
    matrix = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), roll, 1 / FINE)
    matrix[:, 2] += (SIZE[0] - WIDTH) / 2 + offset[0], (SIZE[1] - HEIGHT) / 2 + offset[1]
    return cv2.warpAffine(cv2.GaussianBlur(view, (0, 0), 0.45 * FINE), matrix, SIZE, flags=cv2.INTER_LINEAR)


def as_bytes(picture: np.ndarray) -> np.ndarray:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
