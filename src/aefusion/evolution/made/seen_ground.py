"""Which place of the terrain each pixel shows: columns of a height field, cast from near to far."""

from dataclasses import dataclass

import numpy as np

from aefusion.evolution.made.scene import SIZE, Scene
from aefusion.evolution.made.terrain import at

FINE = 2
"""Pictures are rendered so many times finer than they are written."""
WIDTH, HEIGHT = 900, 720
"""Of what is rendered: with room for a roll, before it is turned."""
NEAREST, FARTHEST, STEPS = 15.0, 45e3, 1400
"""Distances at which the terrain is looked at, in metres; each is the same share farther than the one before."""
EARTH = 6.371e6


@dataclass
class SeenGround:
    """For each pixel of the unrolled view, float32 (HEIGHT, WIDTH); in the sky the distance is infinite."""

    depth: np.ndarray
    """How far the place is ahead, in metres."""
    x: np.ndarray
    y: np.ndarray
    height: np.ndarray
    footprint: np.ndarray
    """How many metres the ground goes on from one pixel to the next, at most."""
    extent: np.ndarray
    """The root of the area of ground in a pixel, in metres."""
    slope: np.ndarray
    """The tangent of the angle above the horizon at which the pixel looks, (HEIGHT, 1)."""

    @property
    def sky(self) -> np.ndarray:
        return np.isinf(self.depth)


def focal_length(scene: Scene) -> float:
    """In pixels of the rendered view."""
    return FINE * SIZE[0] / 2 / np.tan(np.radians(scene.field_of_view / 2))


def seen_ground(heights: np.ndarray, scene: Scene) -> SeenGround:
    """What a view shows of heights on the terrain's grid.

    A column of the picture is a line on the map (the picture's plane is upright: pitch shifts it, and roll turns the
    picture afterwards). Along it the terrain is looked at from near to far. A pixel shows the first place whose slope,
    seen from the eye, is not below that of the pixel.
    """
    focal = focal_length(scene)
    depths = np.geomspace(NEAREST, FARTHEST, STEPS).astype(np.float32)
    right = ((np.arange(WIDTH) - (WIDTH - 1) / 2) / focal).astype(np.float32)
    x, y = on_map(scene, depths[:, None], right)
    drop = depths**2 / np.float32(2 * EARTH) + np.float32(scene.height)
    slopes = np.ascontiguousarray(((at(heights, x, y) - drop[:, None]) / depths[:, None]).T)
    reached = np.maximum.accumulate(slopes, axis=1)
    looked = ((horizon_row(scene) - np.arange(HEIGHT)) / focal).astype(np.float32)
    first = np.stack([np.searchsorted(column, looked) for column in reached], axis=1)
    column = np.arange(WIDTH)
    last = np.minimum(first, STEPS - 1)
    before = np.maximum(last - 1, 0)
    low, high = slopes[column, before], slopes[column, last]
    share = np.clip((looked[:, None] - low) / np.maximum(high - low, 1e-9), 0, 1)
    depth = depths[before] + (depths[last] - depths[before]) * share
    x, y = on_map(scene, depth, right)
    steps = [np.abs(np.diff(z, axis=axis, append=np.take(z, [-1], axis))) for z in (x, y) for axis in (0, 1)]
    footprint = np.maximum.reduce(steps)
    height = looked[:, None] * depth + np.float32(scene.height) + depth**2 / np.float32(2 * EARTH)
    extent = np.sqrt(np.maximum(footprint, 1e-3) * depth / np.float32(focal))
    depth = np.where(first < STEPS, depth, np.float32(np.inf))
    return SeenGround(depth, x, y, height, footprint, extent, looked[:, None])


def on_map(scene: Scene, depth: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places on the map that are so far ahead and, as a share of that, to the right."""
    sine, cosine = (np.float32(f(np.radians(scene.heading))) for f in (np.sin, np.cos))
    x = np.float32(scene.x) + depth * (sine + right * cosine)
    return x, np.float32(scene.y) + depth * (right * sine - cosine)


def horizon_row(scene: Scene) -> float:
    """The row of the rendered view in which what is as high as the eye is."""
    return (HEIGHT - 1) / 2 + focal_length(scene) * np.tan(np.radians(scene.pitch))


def in_view(scene: Scene, x: np.ndarray, y: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, ...]:
    """Column, row and depth of places in the rendered view; the depth is negative behind the eye."""
    heading, focal = np.radians(scene.heading), focal_length(scene)
    east, south = x - scene.x, y - scene.y
    depth = east * np.sin(heading) - south * np.cos(heading)
    aside = east * np.cos(heading) + south * np.sin(heading)
    ahead = np.where(np.abs(depth) < 1e-3, 1e-3, depth)
    up = height - scene.height - depth**2 / (2 * EARTH)
    return (WIDTH - 1) / 2 + focal * aside / ahead, horizon_row(scene) - focal * up / ahead, depth
