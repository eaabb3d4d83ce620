"""How cameras turn light into gray values: curves that can be inverted."""

import numpy as np

CURVES = ("srgb", "gamma", "film", "logarithmic")


def camera_response(rng: np.random.Generator) -> np.ndarray:
    """The gray value of light, float32 (1025,) for light i / 1024 squared; it rises from 0 to 1.

    One of four kinds: sRGB; a power of 1 / 1.8 to 1 / 2.6; a film, which is sRGB with an S of up to a third laid over
    it; a logarithm of 1 + 20 to 1 + 200 times the light. The squares make room for the steep part at black.
    """
    light = np.linspace(0, 1, 1025) ** 2
    kind = CURVES[rng.integers(len(CURVES))]
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    if kind == "gamma":
        curve = light ** (1 / rng.uniform(1.8, 2.6))
    elif kind == "film":
        curve = srgb + rng.uniform(0.1, 0.33) * (srgb * srgb * (3 - 2 * srgb) - srgb)
    elif kind == "logarithmic":
        gain = np.exp(rng.uniform(*np.log((20, 200))))
        curve = np.log1p(gain * light) / np.log1p(gain)
    else:
        curve = srgb
    return curve.astype(np.float32)


def light_of(gray: np.ndarray, response: np.ndarray) -> np.ndarray:
    """The light, in [0, 1], of gray values, float32 of any shape in [0, 1]."""
    root = np.linspace(0, 1, len(response), dtype=np.float32)
    return (np.interp(gray, response, root) ** 2).astype(np.float32)


def gray_of(light: np.ndarray, response: np.ndarray) -> np.ndarray:
    """The gray values, float32 in [0, 1], of light of any shape; what is brighter than 1 is clipped."""
    root = np.linspace(0, 1, len(response), dtype=np.float32)
    return np.interp(np.sqrt(np.clip(light, 0, 1)), root, response).astype(np.float32)
