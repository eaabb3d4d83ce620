"""Exposures merged in linear light: how bright the scene is, beyond black and white of any of them."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError
from aefusion.image import Metadata, Picture
from aefusion.image.exif_facts import ExifFacts, exif_facts
from aefusion.image.exif_of_file import exif_of_file
from aefusion.image.formats import WRITTEN
from aefusion.stack.pictures import Frame

FULL, CLIPPED = 0.85, 0.98
"""From the first value on, of the brightest channel, a pixel counts less; from the second on it counts as white."""
SURELY = np.float32(1e-6)
"""The weight of the shortest exposure where all are white."""


def stated_exposures(sources: Sequence[object], names: Sequence[str]) -> list[float]:
    """How much light each file let in, relative to the middle one of all; ValueError where one does not say so."""
    amounts = []
    for source, name in zip(sources, names, strict=True):
        facts = exif_facts(exif_of_file(source)) if isinstance(source, str | PathLike) else ExifFacts()
        if not facts.exposure_time:
            raise ValueError(f"{name}: states no exposure time, by which exposures are merged: leave `linear` out")
        amounts.append(facts.exposure_time * (facts.iso or 100) / (facts.f_number or 1) ** 2)
    middle = sorted(amounts)[len(amounts) // 2]
    return [amount / middle for amount in amounts]


def check_light(output: str | PathLike[str]) -> None:
    """FileError where values beyond white cannot be written."""
    if WRITTEN.get(Path(output).suffix.lower()) not in ("exr", "tiff"):
        raise FileError(output, "exposures in linear light go beyond white", "end its name in .exr or .tif")


def merge(frames: Iterable[Frame], amounts: Sequence[float], metadata: Metadata) -> Picture:
    """The light of the scene, float32: 1 is the white of the middle exposure, and values go on beyond it.

    ``frames``: pictures in linear light in [0, 1], with where they show something; they are gone through once.
    ``amounts``: see `stated_exposures`. Each pixel is a mean, in which an exposure counts as much as it let light in:
    its noise is smaller; where its brightest channel is near white it counts less, and not at all from `CLIPPED` on.
    """
    total, weights = np.zeros(()), np.zeros(())
    shortest = int(np.argmin(amounts))
    for i, (picture, covered) in enumerate(frames):
        pixels, amount = picture.pixels, np.float32(amounts[i])
        brightest = pixels if pixels.ndim == 2 else pixels.max(axis=2)
        weight = amount * np.clip((CLIPPED - brightest) / (CLIPPED - FULL), 0, 1, dtype=np.float32)
        if i == shortest:
            weight = weight + SURELY
        if covered is not None:
            weight = weight * covered
        total = total + (weight if pixels.ndim == 2 else weight[..., None]) * (pixels / amount)
        weights = weights + weight
    divisor = np.maximum(weights, SURELY * SURELY)
    light = total / (divisor if total.ndim == 2 else divisor[..., None])
    return Picture(light.astype(np.float32), metadata=metadata)
