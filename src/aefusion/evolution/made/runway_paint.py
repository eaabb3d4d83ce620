"""What is on the ground at an airfield: asphalt, its white marks, a taxiway and an apron."""

import numpy as np

from aefusion.evolution.made.runways import WIDTH, Runway
from aefusion.evolution.made.seen_ground import SeenGround

ASPHALT, WHITE, TAXIWAY, GRASS = 0.2, 0.95, 0.42, 0.47
TAXI_ACROSS, TAXI_WIDTH = 150.0, 20.0


def runway_paint(ground: np.ndarray, runway: Runway, seen: SeenGround) -> np.ndarray:
    """The brightness of the ground with an airfield on it, float32 (H, W); other ground stays."""
    along, across = runway.along(seen.x, seen.y), runway.across(seen.x, seen.y)
    near = (np.abs(along - runway.length / 2) < runway.length / 2 + 400) & (np.abs(across) < 500)
    if not near.any():
        return ground
    u, v, soft = along[near], across[near], np.maximum(seen.footprint[near], 0.5)

    def inside(value: np.ndarray, low: float, high: float) -> np.ndarray:
        """1 where a value is between two, and a soft step of one pixel at both."""
        return np.clip((value - low) / soft + 0.5, 0, 1) * np.clip((high - value) / soft + 0.5, 0, 1)

    def cover(value: np.ndarray, gray: float, share: np.ndarray) -> np.ndarray:
        return value + (gray - value) * share

    length, half = runway.length, WIDTH / 2
    gray = cover(ground[near], GRASS, inside(v, -220, 260) * inside(u, -150, length + 150) * 0.75)
    across_taxi = (inside(u, x, x + TAXI_WIDTH) for x in (20, length * 0.45, length - 40))
    taxi = np.maximum.reduce([x * inside(v, 0, TAXI_ACROSS) for x in across_taxi])
    taxi = np.maximum(taxi, inside(v, TAXI_ACROSS, TAXI_ACROSS + TAXI_WIDTH) * inside(u, 20, length - 20))
    apron = inside(v, TAXI_ACROSS + 20, TAXI_ACROSS + 110) * inside(u, length * 0.35, length * 0.55)
    gray = cover(gray, TAXIWAY, np.maximum(taxi, apron))
    gray = cover(gray, ASPHALT, inside(u, 0, length) * inside(v, -half, half))
    gray = cover(gray, WHITE, marks(u, v, length, inside))
    painted = ground.copy()
    painted[near] = gray
    return painted


def marks(u, v, length: float, inside) -> np.ndarray:
    """The white marks: threshold, aiming points, touchdown zones, centre line, edges."""
    half = WIDTH / 2
    ends = [u, length - u]  # as seen from both ends
    pair = np.maximum(inside(v, -12.5, -5.5), inside(v, 5.5, 12.5))
    stripes = np.maximum.reduce([inside(np.abs(v), x, x + 1.8) for x in (2.0, 5.6, 9.2, 12.8, 16.4)])
    parts = [stripes * inside(end, 6, 36) for end in ends] + [pair * inside(end, 300, 350) for end in ends]
    parts += [pair * 0.7 * inside(end, at, at + 22) for end in ends for at in (150, 450)]
    dashes = inside(np.mod(u, 50), 10, 40) * inside(u, 60, length - 60)
    parts.append(dashes * inside(v, -0.5, 0.5))
    edges = np.maximum(inside(v, -half, -half + 1), inside(v, half - 1, half))
    return np.maximum.reduce([*parts, edges * inside(u, 0, length)])
