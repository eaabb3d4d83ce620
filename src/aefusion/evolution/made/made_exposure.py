"""Two exposures of one scene, made from a well exposed photograph, which is the truth."""

import numpy as np

from aefusion.evolution.made.camera_response import camera_response, gray_of, light_of
from aefusion.evolution.made.made_pair import MadePair
from aefusion.evolution.made.recorded import recorded

MIDDLE = 0.18
"""The light of middle gray, which keeps its brightness."""
CONTRAST = (1.0, 2.0)
"""The photograph shows the scene's range compressed; this power stretches it again."""
UNDER = (0.5, 4.0)
"""Stops below the photograph's own exposure, and at least so many that no light of the photograph is clipped."""
OVER = (0.5, 3.5)
"""Stops above it, and at most so many that a quarter of the picture is not clipped."""
SHOT_NOISE = (1e-6, 3e-4)
"""The variance of the noise at light 1, which is proportional to the light; the logarithm is even in it."""
READ_NOISE = (0.0, 0.001)
"""The standard deviation of the noise in the dark, in units of light 1."""


def made_exposure(picture: np.ndarray, rng: np.random.Generator) -> MadePair:
    """An under- and an over-exposure of a scene, in either order, as 8-bit files hold them, and the picture.

    picture: well exposed, gray, float32 (H, W) in [0, 1]. Takes one to three milliseconds for 128 x 128.
    """
    response, power = camera_response(rng), rng.uniform(*CONTRAST)
    light = scene_light(picture, response, power)
    darker = max(rng.uniform(*UNDER), np.log2(brightest(power)))
    brighter = min(rng.uniform(*OVER), max(0, -np.log2(max(np.quantile(light, 0.25), 1e-6))))
    shot, read = float(np.exp(rng.uniform(*np.log(SHOT_NOISE)))), rng.uniform(*READ_NOISE)
    under, over = (exposed(light, x, response, shot, read, rng) for x in (-darker, brighter))
    under, over = recorded(under, over, rng)
    return MadePair(under, over, picture) if rng.random() < 0.5 else MadePair(over, under, picture)


def scene_light(picture: np.ndarray, response: np.ndarray, power: float) -> np.ndarray:
    """The light of the scene that a photograph shows, float32 (H, W), up to `brightest(power)`; middle gray stays."""
    light = light_of(picture, response)
    return np.float32(MIDDLE) * np.power(light / np.float32(MIDDLE), np.float32(power))


def brightest(power: float) -> float:
    """The light of what is white in the photograph.

    >>> round(brightest(1.0), 2), round(brightest(2.0), 2)
    (1.0, 5.56)
    """
    return MIDDLE * (1 / MIDDLE) ** power


def exposed(
    light: np.ndarray, stops: float, response: np.ndarray, shot: float, read: float, rng: np.random.Generator
) -> np.ndarray:
    """What a camera makes of light, so many stops brighter: noise of light and sensor, clipping, response."""
    arrived = light * np.float32(2**stops)
    sigma = np.sqrt(np.minimum(arrived, 1) * np.float32(shot) + np.float32(read) ** 2)
    return gray_of(arrived + sigma * rng.standard_normal(arrived.shape, np.float32), response)
