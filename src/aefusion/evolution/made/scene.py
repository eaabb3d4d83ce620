"""Where the aircraft is, what the weather is like, how good the sensor is: all that a pair of pictures depends on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aefusion.evolution.made.runways import Runway
from aefusion.evolution.made.terrain import Terrain, at

SIZE = (400, 300)
"""Width and height of the pictures."""
LARGEST_ROLL = 8.0
SENSORS = ("day", "fog", "infrared")
SENSOR_SHARES = (0.4, 0.3, 0.3)
EN_ROUTE_SHARE = 0.12
"""How many of the pictures are taken on the way, and not on an approach."""
ALIGNED_SHARE = 0.5
VISIBILITY = {"day": (5e3, 4e4), "fog": (6e2, 5e3), "infrared": (4e3, 2.5e4)}
"""At which distance 2 % of the contrast are left, in metres; the logarithm is even in it."""
IN_FOG = (0.8, 3.0)
"""In fog on an approach the visibility is so many times the distance of the threshold, within the limits above."""
VALLEY_FOG_SHARE = 0.35
OFFSET, TURNED = 3.0, 0.3
"""The synthetic picture of a pair that is not aligned is off by up to so many pixels, and degrees."""


@dataclass(frozen=True)
class Scene:
    """One moment of a flight. Lengths in metres, angles in degrees."""

    runway: Runway | None
    """The one that is approached; None on the way."""
    x: float
    """Of the eye, east of the terrain's corner."""
    y: float
    """South of it."""
    height: float
    heading: float
    pitch: float
    roll: float
    field_of_view: float
    """From the left to the right border."""
    sensor: str
    """"day", "fog" or "infrared"."""
    visibility: float
    fog_top: float
    """The height up to which the valleys are full of fog; -1000 where there is none."""
    sun_azimuth: float
    sun_elevation: float
    black: float
    """What the sensor makes of black, and of white."""
    white: float
    noise: float
    """The standard deviation of the sensor's noise."""
    blur: float
    """The sigma of the sensor's optics, in pixels."""
    offset: tuple[float, float]
    """By how many pixels the synthetic picture is off, to the right and downwards."""
    turned: float
    """By which angle it is off."""


def draw_scene(ground: Terrain, runways: Sequence[Runway], rng: np.random.Generator) -> Scene:
    """A scene of a part of the terrain, at random."""
    runway = None if rng.random() < EN_ROUTE_SHARE else runways[int(rng.integers(len(runways)))]
    if runway:
        distance = float(np.exp(rng.uniform(*np.log((350, 6000)))))
        x, y = map(float, runway.place(-distance, rng.normal(0, 8 + 0.02 * distance)))
        height = runway.height + 15 + (distance + 300) * np.tan(np.radians(rng.uniform(2.6, 4.2)))
        heading = np.degrees(runway.heading) + rng.normal(0, 2.5)
        base = runway.height
        fog = np.clip(distance * np.exp(rng.uniform(*np.log(IN_FOG))), *VISIBILITY["fog"])
    else:
        x, y = (rng.uniform(0.15, 0.85) * n for n in ground.size)
        base = float(at(ground.model, x, y))
        height = base + rng.uniform(150, 700)
        heading = rng.uniform(0, 360)
        fog = VISIBILITY["fog"][1]
    height = max(height, float(at(ground.real, x, y)) + 40)
    sensor = str(rng.choice(SENSORS, p=SENSOR_SHARES))
    aligned = rng.random() < ALIGNED_SHARE
    valley = sensor != "fog" and rng.random() < VALLEY_FOG_SHARE
    black = rng.uniform(0.05, 0.3)
    return Scene(
        runway=runway,
        x=x,
        y=y,
        height=float(height),
        heading=float(heading),
        pitch=float(rng.uniform(-6, 0)),
        roll=float(np.clip(rng.normal(0, 2.5), -LARGEST_ROLL, LARGEST_ROLL)),
        field_of_view=float(rng.uniform(34, 52)),
        sensor=sensor,
        visibility=float(fog if sensor == "fog" else np.exp(rng.uniform(*np.log(VISIBILITY[sensor])))),
        fog_top=float(base + rng.uniform(-80, 20)) if valley else -1000.0,
        sun_azimuth=float(rng.uniform(0, 360)),
        sun_elevation=float(rng.uniform(12, 55)),
        black=float(black),
        white=float(black + rng.uniform(0.4, 0.7)),
        noise=float(rng.uniform(0.003, 0.02)),
        blur=float(rng.uniform(0.3, 0.8)),
        offset=(0.0, 0.0) if aligned else (float(rng.uniform(-OFFSET, OFFSET)), float(rng.uniform(-OFFSET, OFFSET))),
        turned=0.0 if aligned else float(rng.uniform(-TURNED, TURNED)),
    )
