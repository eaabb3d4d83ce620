"""The enhanced picture: what a camera in the nose sees of the terrain, in sun, haze, fog and noise."""

import cv2
import numpy as np

from aefusion.evolution.made.land import Land, albedo, uneven
from aefusion.evolution.made.runway_lights import runway_lights
from aefusion.evolution.made.runway_paint import runway_paint
from aefusion.evolution.made.runways import Runway
from aefusion.evolution.made.scene import Scene
from aefusion.evolution.made.seen_ground import FINE, SeenGround
from aefusion.evolution.made.terrain import CELL, Terrain, at

CONTRAST_LEFT = 3.912
"""Koschmieder: at the visibility the contrast is 2 %, which is exp(-3.912)."""
FOG_DEPTH, FOG_THICK = 25.0, 600.0
"""Fog in valleys gets thinner by a factor e in so many metres of height, and its visibility inside, in metres."""
BRIGHTEST = 1.1
"""Light above this is as this to the sensor."""
LEAST_RANGE = 0.3
"""The sensor stretches the light that it gets to its range, but not less light than this."""
AIR = {"day": 0.78, "fog": 0.66, "infrared": 0.3}
"""How bright thick air is."""


def enhanced_vision(
    ground: Terrain, cover: Land, runways: list[Runway], scene: Scene, seen: SeenGround, rng: np.random.Generator
) -> np.ndarray:
    """The light that arrives at the sensor, float32 (H, W) of the rendered view, about 0 to 1."""
    surface = albedo(cover, seen)
    for runway in runways:
        surface = runway_paint(surface, runway, seen)
    light = warmth(surface, rng) if scene.sensor == "infrared" else surface * sun(ground, scene, seen)
    sky = sky_light(scene, seen, rng)
    through = transmission(scene, seen)
    light = np.where(seen.sky, sky, light)
    light = light * through + np.float32(AIR[scene.sensor]) * (1 - through)
    if scene.runway:
        light += runway_lights(scene.runway, scene, seen, CONTRAST_LEFT / scene.visibility)
    return light.astype(np.float32)


def sun(ground: Terrain, scene: Scene, seen: SeenGround) -> np.ndarray:
    """The sun's light and that of the sky on the slope of each place, float32 (H, W), about 0.25 to 1.3."""
    step = np.float32(CELL)
    east = (at(ground.real, seen.x + step, seen.y) - at(ground.real, seen.x - step, seen.y)) / (2 * step)
    south = (at(ground.real, seen.x, seen.y + step) - at(ground.real, seen.x, seen.y - step)) / (2 * step)
    azimuth, up = np.radians(scene.sun_azimuth), np.radians(scene.sun_elevation)
    towards = np.sin(up) - np.cos(up) * (np.sin(azimuth) * east - np.cos(azimuth) * south)
    direct = np.clip(towards / np.sqrt(1 + east**2 + south**2), 0, 1)
    return 0.3 + (0.95 if scene.sensor == "day" else 0.35) * direct / max(np.sin(up), 0.35)


def warmth(surface: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a thermal camera sees at night: asphalt and woods are warm, fields are cold, and contrasts are smaller."""
    return np.float32(rng.uniform(0.62, 0.8)) - np.float32(rng.uniform(0.45, 0.65)) * np.clip(surface, 0, 0.8)


def sky_light(scene: Scene, seen: SeenGround, rng: np.random.Generator) -> np.ndarray:
    """A sky that is brighter at the horizon, with clouds; dark for a thermal camera."""
    height, width = seen.depth.shape
    above = np.clip(seen.slope, 0, None)
    clouds = sum(uneven_sky((height, width), size, rng) * size / 120 for size in (120, 60, 30))
    clouds = clouds * np.clip(above * 8, 0, 1) * rng.uniform(0.0, 0.12)
    clear = 0.12 + 0.2 * np.exp(-above * 8) if scene.sensor == "infrared" else 0.62 + 0.3 * np.exp(-above * 6)
    return (clear + clouds).astype(np.float32)


def uneven_sky(shape: tuple[int, int], size: float, rng: np.random.Generator) -> np.ndarray:
    """Noise that is twice as wide as high."""
    return cv2.resize(uneven((shape[0], shape[1] // 2), size / FINE * CELL, rng), shape[::-1])


def transmission(scene: Scene, seen: SeenGround) -> np.ndarray:
    """Which share of the light comes through the air, float32 (H, W): even haze, and the fog in the valleys."""
    flat = np.sqrt(1 + seen.slope**2)
    above = np.maximum(seen.slope, np.float32(1e-3))
    length = np.where(seen.sky, np.minimum(4e4, 900 / above), np.minimum(seen.depth, 1e6) * flat)
    through = CONTRAST_LEFT / scene.visibility * length
    if scene.fog_top > 0:
        end = np.where(seen.sky, scene.height + length * seen.slope, seen.height)
        parts = (np.arange(8) + 0.5) / 8
        dense = np.zeros_like(through)
        for part in parts:
            height = scene.height + (end - scene.height) * np.float32(part)
            dense += np.exp(np.minimum((scene.fog_top - height) / FOG_DEPTH, 0))
        through = through + dense / len(parts) * length * (CONTRAST_LEFT / FOG_THICK)
    return np.exp(-through).astype(np.float32)


def sensed(picture: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """What the sensor makes of a picture, float32 (H, W): blur, darker corners, gain, noise; in [0, 1]."""
    height, width = picture.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture = cv2.GaussianBlur(np.minimum(picture, BRIGHTEST), (0, 0), scene.blur) * np.float32(
        1 - 0.07 * (x**2 + y**2)
    )
    low, high = np.percentile(picture, (0.5, 99.5))
    gain = 1 / max(high - low, LEAST_RANGE)
    picture = scene.black + (scene.white - scene.black) * (picture - low) * gain
    columns = scene.noise * 0.4 * rng.standard_normal(width) if scene.sensor == "infrared" else 0
    return np.clip(picture + scene.noise * rng.standard_normal(picture.shape) + columns, 0, 1).astype(np.float32)
