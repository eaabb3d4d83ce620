"""Where an airfield could be: long flat places with a free way to them. There are none in the elevation model."""

from typing import NamedTuple

import numpy as np

from aefusion.evolution.made.terrain import CELL, Numbers, Terrain, at

WIDTH = 45.0
LENGTHS = (1500.0, 1900.0, 2300.0)
CANDIDATES = 3000
APART = 3500.0
"""So many metres are at least between two airfields, so that levelling one leaves the other as it is."""
FROM_BORDER = 2600.0
"""No runway, however it lies, goes beyond the border of the terrain; in metres."""
SLOPE = np.tan(np.radians(2.3))
"""No terrain is above this slope for 6 km before the threshold."""
FLAT, LEVELLED = 160.0, 600.0
"""The ground is level so far around a runway, and as it was from there on, in metres."""


class Runway(NamedTuple):
    """A runway as it is approached.

    Lengths in metres, places east and south of the terrain's corner, the heading in radians from north, clockwise.
    """

    x: float
    """Of the threshold."""
    y: float
    heading: float
    length: float
    height: float

    def along(self, x: Numbers, y: Numbers) -> np.ndarray:
        """How far places are beyond the threshold, in metres."""
        return np.asarray((x - self.x) * np.sin(self.heading) - (y - self.y) * np.cos(self.heading))

    def across(self, x: Numbers, y: Numbers) -> np.ndarray:
        """How far they are to the right of the centre line."""
        return np.asarray((x - self.x) * np.cos(self.heading) + (y - self.y) * np.sin(self.heading))

    def place(self, along: Numbers, across: Numbers) -> tuple[np.ndarray, np.ndarray]:
        """Where on the map is what is so far along and across."""
        sine, cosine = np.sin(self.heading), np.cos(self.heading)
        return np.asarray(self.x + along * sine + across * cosine), np.asarray(self.y - along * cosine + across * sine)


def build_runways(ground: Terrain, count: int, rng: np.random.Generator) -> list[Runway]:
    """Find the flattest places, level them in both grids of the terrain, and give each approach that is free."""
    x, y = (rng.uniform(FROM_BORDER, n - FROM_BORDER, CANDIDATES) for n in ground.size)
    heading, length = np.radians(10 * rng.integers(36, size=CANDIDATES)), rng.choice(LENGTHS, CANDIDATES)
    rows = np.stack([x, y, heading, length], axis=1).tolist()
    places = [Runway(x, y, heading, length, 0.0) for x, y, heading, length in rows]
    chosen: list[Runway] = []
    for _, runway in sorted((flat_at(ground, runway) for runway in places), key=lambda one: one[0]):
        middle = centre(runway)
        apart = all(np.hypot(*np.subtract(middle, centre(other))) > APART for other in chosen)
        if apart and (is_free(ground, runway) or is_free(ground, opposite(runway))):
            chosen.append(runway)
        if len(chosen) == count:
            break
    for runway in chosen:
        for grid in (ground.model, ground.real):
            level(grid, runway)
    both = [direction for runway in chosen for direction in (runway, opposite(runway))]
    return [runway for runway in both if is_free(ground, runway)]


def flat_at(ground: Terrain, runway: Runway) -> tuple[float, Runway]:
    """How much the ground along a runway rises and falls, in metres, and the runway at the mean height."""
    profile = at(ground.model, *runway.place(np.linspace(-300, runway.length + 300, 40), np.zeros(40)))
    return float(np.ptp(profile)), runway._replace(height=float(profile.mean()))


def opposite(runway: Runway) -> Runway:
    """The same runway, approached from its other end."""
    x, y = runway.place(runway.length, 0)
    return runway._replace(x=float(x), y=float(y), heading=runway.heading + np.pi)


def centre(runway: Runway) -> tuple[float, float]:
    x, y = runway.place(runway.length / 2, 0)
    return float(x), float(y)


def is_free(ground: Terrain, runway: Runway) -> bool:
    before = np.linspace(400, 6000, 80)
    profile = at(ground.model, *runway.place(-before, np.zeros(80)))
    return bool(np.all(profile < runway.height + before * SLOPE))


def level(grid: np.ndarray, runway: Runway) -> None:
    """Make the ground around a runway as high as the runway, in place, and join it smoothly to the rest."""
    reach, middle = runway.length / 2 + LEVELLED, centre(runway)
    rows, columns = (
        slice(max(0, int((place - reach) / CELL)), min(n, int((place + reach) / CELL) + 2))
        for place, n in zip(middle[::-1], grid.shape, strict=True)
    )
    y, x = (np.float32(CELL) * np.arange(n.start, n.stop, dtype=np.float32) for n in (rows, columns))
    x, y = np.meshgrid(x, y)
    along, across = runway.along(x, y), runway.across(x, y)
    distance = np.hypot(np.maximum(np.maximum(-along, along - runway.length), 0), across)
    share = np.clip((distance - FLAT) / (LEVELLED - FLAT), 0, 1)
    share = share * share * (3 - 2 * share)
    grid[rows, columns] += ((runway.height - grid[rows, columns]) * (1 - share)).astype(np.float32)
