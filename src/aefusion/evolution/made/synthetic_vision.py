"""The synthetic picture: what a cockpit display draws of the map, in any weather."""

import cv2
import numpy as np

from aefusion.evolution.made.runways import WIDTH as RUNWAY_WIDTH
from aefusion.evolution.made.runways import Runway
from aefusion.evolution.made.scene import Scene
from aefusion.evolution.made.seen_ground import FINE, SeenGround, horizon_row, in_view
from aefusion.evolution.made.terrain import CELL, Terrain, at

GRID = 500.0
"""The distance of the lines on the ground, in metres."""
LIGHT = (-0.5, 0.5, 0.7)
"""Displays light the terrain from the upper left of the map: towards east, north, up."""
LOWEST, HIGHEST = 230.0, 1080.0
"""The heights that are drawn darkest and brightest, in metres."""


def synthetic_vision(ground: Terrain, runways: list[Runway], scene: Scene, seen: SeenGround) -> np.ndarray:
    """The display's picture, float32 (H, W) of the rendered view, in [0, 1]: relief, grid, ridges, runways, horizon."""
    picture = relief(ground, seen)
    picture = picture * (1 - 0.3 * grid_lines(seen))
    picture = np.where(seen.sky, sky(seen), picture)
    picture = picture * (1 - 0.45 * ridges(seen))
    picture = np.ascontiguousarray(picture, np.float32)
    row = horizon_row(scene)
    segment(picture, (-1, row), (picture.shape[1], row), 0.95, FINE)
    for runway in runways:
        draw_runway(picture, runway, scene, seen, runway is scene.runway)
    return np.clip(picture, 0, 1)


def relief(ground: Terrain, seen: SeenGround) -> np.ndarray:
    """The terrain, brighter the higher it is, in steps, and shaded."""
    step = np.float32(2 * CELL)
    east = (at(ground.model, seen.x + step, seen.y) - at(ground.model, seen.x - step, seen.y)) / (2 * step)
    north = (at(ground.model, seen.x, seen.y - step) - at(ground.model, seen.x, seen.y + step)) / (2 * step)
    lit = (LIGHT[2] - LIGHT[0] * east * 2 - LIGHT[1] * north * 2) / np.sqrt(1 + 4 * (east**2 + north**2))
    high = np.sqrt(np.clip((seen.height - LOWEST) / (HIGHEST - LOWEST), 0, 1))
    return (0.24 + 0.38 * high + 0.08 * np.floor(high * 8) / 8) * np.clip(0.25 + 1.05 * lit, 0.2, 1.6)


def grid_lines(seen: SeenGround) -> np.ndarray:
    """Lines on the ground, a pixel and a half wide, that fade where they are too close to each other; 0 to 1."""
    lines = np.zeros(seen.depth.shape, np.float32)
    for place in (seen.x, seen.y):
        width = sum(np.abs(np.diff(place, axis=axis, append=np.take(place, [-1], axis))) for axis in (0, 1)) + 1e-3
        distance = np.abs(np.mod(place + GRID / 2, GRID) - GRID / 2)
        fade = np.clip(1.5 - 8 * width / GRID, 0, 1)
        lines = np.maximum(lines, np.clip(FINE * 0.75 + 0.5 - distance / width, 0, 1) * fade)
    return lines * ~seen.sky


def sky(seen: SeenGround) -> np.ndarray:
    return 0.42 + 0.3 * np.exp(-np.clip(seen.slope, 0, None) * 7) + np.zeros_like(seen.depth)


def ridges(seen: SeenGround) -> np.ndarray:
    """1 at outlines: where the ground a row higher is much farther away, or is the sky."""
    far = np.log(np.minimum(seen.depth, 1e5))
    jump = np.zeros_like(far)
    jump[FINE:] = np.clip((far[:-FINE] - far[FINE:]) * 4 - 0.4, 0, 1)
    return jump * ~seen.sky


def draw_runway(picture: np.ndarray, runway: Runway, scene: Scene, seen: SeenGround, own: bool) -> None:
    """The runway's area, outline and centre line; of the one that is approached also the way to it."""
    half = RUNWAY_WIDTH / 2
    ahead = in_front(runway, np.linspace(0, runway.length, 101), scene)
    if len(ahead) < 2 or hidden(runway, ahead.mean(), scene, seen):
        return
    near, far = ahead[0], ahead[-1]
    outline = projected(runway, np.array([(near, -half), (near, half), (far, half), (far, -half)]), scene)[0]
    cv2.fillPoly(picture, [np.round(np.clip(outline, -4000, 4000) * 16).astype(np.int32)], 0.12, cv2.LINE_AA, 4)
    dashes(picture, runway, np.linspace(near + 40, far - 40, 24), scene, 0.9)
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        segment(picture, start, end, 1.0, FINE if own else 1)
    if own:
        dashes(picture, runway, in_front(runway, np.linspace(-60, -3000, 30), scene), scene, 0.85)


def in_front(runway: Runway, along: np.ndarray, scene: Scene) -> np.ndarray:
    """Those places along the centre line of a runway, with 60 m to both sides, that are before the eye."""
    depths = [projected(runway, np.stack([along, np.full_like(along, v)], axis=1), scene)[1] for v in (-60, 60)]
    return along[np.minimum(*depths) > 30]


def dashes(picture: np.ndarray, runway: Runway, along: np.ndarray, scene: Scene, gray: float) -> None:
    """Lines on the centre line of a runway, from each second place to the next."""
    if len(along):
        places = projected(runway, np.stack([along, np.zeros_like(along)], axis=1), scene)[0]
        for start, end in zip(places[::2], places[1::2], strict=False):
            segment(picture, start, end, gray, 1)


def hidden(runway: Runway, along: float, scene: Scene, seen: SeenGround) -> bool:
    """Whether there are hills before a place on the centre line of a runway."""
    (place,), (depth,) = projected(runway, np.array([(along, 0.0)]), scene)
    column, row = (round(float(v)) for v in np.clip(place, -4000, 4000))
    if not (0 <= row < seen.depth.shape[0] and 0 <= column < seen.depth.shape[1]):
        return False
    return bool(seen.depth[row, column] < 0.9 * depth - 100)


def projected(runway: Runway, places: np.ndarray, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Column and row (n, 2) and depth (n,) of places along and across a runway."""
    x, y = runway.place(places[:, 0], places[:, 1])
    column, row, depth = in_view(scene, x, y, np.full(len(x), runway.height))
    return np.stack([column, row], axis=1), depth


def segment(picture: np.ndarray, start, end, gray: float, width: int) -> None:
    """A line between two places, in place."""
    ends = [tuple(round(float(np.clip(v, -4000, 4000)) * 16) for v in place) for place in (start, end)]
    cv2.line(picture, ends[0], ends[1], gray, width, cv2.LINE_AA, 4)
