"""Where the nearer of two things is, in shapes such as scenes have."""

from collections.abc import Callable

import cv2
import numpy as np

EDGE = (1.2, 3.0)
"""How many pixels wide the edge of a thing in focus is."""
SHARE = (0.12, 0.88)
"""Which share of the picture a shape may cover; others are drawn again."""
TRIES = 8


def focus_mask(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What is near in a picture, float32 (H, W) in [0, 1]: 1 there, 0 elsewhere, between at a soft edge.

    One of four shapes: blobs, a half plane with a wavy border, things with a smooth outline, or what is bright (or
    dark) in the picture itself, so that the border runs along its edges as that of a real thing does.
    """
    shape = SHAPES[rng.integers(len(SHAPES))]
    width = rng.uniform(*EDGE)
    for _ in range(TRIES):
        mask = np.clip(shape(picture, rng) / np.float32(width) + np.float32(0.5), 0, 1)
        if SHARE[0] < mask.mean() < SHARE[1]:
            return mask
    return np.clip(half_plane(picture, rng) / np.float32(width) + np.float32(0.5), 0, 1)


def blobs(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The signed distance in pixels to the border of blobs, positive inside; smooth noise above a quantile."""
    height, width = picture.shape
    cell = rng.uniform(0.15, 0.5) * min(height, width)
    field = smooth_noise((height, width), cell, rng)
    return distance(field > np.quantile(field, rng.uniform(0.3, 0.7)))


def half_plane(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The signed distance to a line through the middle part, of any direction, with waves along it."""
    height, width = picture.shape
    y, x = grid(height, width)
    angle = rng.uniform(0, 2 * np.pi)
    across, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    size = min(height, width)
    wave = (
        rng.uniform(0, 0.06) * size * np.sin(along * (2 * np.pi / (rng.uniform(0.3, 1.5) * size)) + rng.uniform(0, 6))
    )
    return (across + wave + rng.uniform(-0.25, 0.25) * size).astype(np.float32)


def things(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The signed distance to the outlines of one to three things: circles, stretched, and bent by four waves."""
    height, width = picture.shape
    y, x = grid(height, width)
    size, inside = min(height, width), np.full((height, width), -np.inf, np.float32)
    for _ in range(rng.integers(1, 4)):
        place, stretch = rng.uniform(-0.35, 0.35, 2) * (height, width), rng.uniform(0.6, 1.6)
        dy, dx = (y - place[0]) * stretch, (x - place[1]) / stretch
        angle, radius = np.arctan2(dy, dx), rng.uniform(0.15, 0.4) * size
        bends = [rng.uniform(0, 0.3) / k * np.cos(k * angle + rng.uniform(0, 6)) for k in (2, 3, 4, 5)]
        inside = np.maximum(inside, radius * (1 + sum(bends)) - np.hypot(dy, dx))
    return inside.astype(np.float32)


def own_edges(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The signed distance to the border of what is bright, or dark, in the picture, smoothed by 1.5 to 4 pixels."""
    smooth = cv2.GaussianBlur(picture, (0, 0), rng.uniform(1.5, 4))
    inside = smooth > np.quantile(smooth, rng.uniform(0.3, 0.7))
    return distance(inside if rng.random() < 0.5 else ~inside)


SHAPES: tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], ...] = (blobs, half_plane, things, own_edges)


def distance(inside: np.ndarray) -> np.ndarray:
    """The signed distance in pixels to the border of a region, bool (H, W), positive inside; it runs between pixels."""
    region = inside.astype(np.uint8)
    signed = cv2.distanceTransform(region, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - region, cv2.DIST_L2, 3)
    return signed - np.copysign(np.float32(0.5), signed)


def smooth_noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Random values in cells of so many pixels, joined smoothly, float32 (H, W)."""
    cells = [int(n / cell) + 3 for n in shape]
    values = rng.standard_normal(cells).astype(np.float32)
    y, x = grid(*shape)
    start = rng.uniform(0.5, 1.5, 2)
    at = [((z - z.min()) / cell + first).astype(np.float32) for z, first in zip((y, x), start, strict=True)]
    return cv2.remap(values, at[1], at[0], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns from the middle of the picture, float32 (H, W) each."""
    y, x = np.indices((height, width), np.float32)
    return y - np.float32((height - 1) / 2), x - np.float32((width - 1) / 2)
