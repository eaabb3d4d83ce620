"""Where the waves of all lengths in a picture are in phase: what edges and corners have in common."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

LENGTHS, FACTOR, SHORTEST = 4, 2.1, 3.0
"""How many wavelengths, how much longer each is than the one before, and the shortest, in pixels."""
DIRECTIONS = 6
BANDWIDTH = 0.55
"""Of a log Gabor filter: the standard deviation over its frequency."""
SPREAD = np.pi / DIRECTIONS / 1.2
"""The standard deviation of the direction."""
NOISE = 2.0
"""Standard deviations above the mean that noise may have."""
TINY = 1e-4


class Congruency(NamedTuple):
    """Of a picture, float64 (H, W) each."""

    phase: np.ndarray
    """0 to 1: the share of the amplitudes that is in phase, over all directions."""
    edge: np.ndarray
    """The largest moment of the directions."""
    corner: np.ndarray
    """The smallest one."""


def phase_congruency(picture: np.ndarray) -> Congruency:
    """The phase congruency of a picture, float64 (H, W) on 0..255.

    Source: Kovesi, 1999, Image features from phase congruency; 2003, Phase congruency detects corners and edges; with
    the settings of Liu's toolbox, which sums the directions before it divides.
    """
    spectrum = np.fft.fft2(picture)
    energy_of_all, amplitude_of_all = np.zeros(picture.shape), np.zeros(picture.shape)
    moments = np.zeros((3, *picture.shape))
    for number, filters in enumerate(_filters(*picture.shape)):
        answers = np.fft.ifft2(spectrum * filters)
        amplitudes = np.abs(answers)
        total = answers.sum(axis=0)
        mean = total / (np.abs(total) + TINY)
        along = answers.real * mean.real + answers.imag * mean.imag
        across = answers.real * mean.imag - answers.imag * mean.real
        energy = (along - np.abs(across)).sum(axis=0) - _noise(amplitudes[0], filters)
        amplitude = amplitudes.sum(axis=0)
        width = amplitude / (amplitudes.max(axis=0) + TINY) / LENGTHS
        energy = np.maximum(energy, 0) / (1 + np.exp(10 * (0.5 - width)))
        energy_of_all += energy
        amplitude_of_all += amplitude
        angle = number * np.pi / DIRECTIONS
        share = np.divide(energy, amplitude, out=np.zeros_like(energy), where=amplitude > 0)
        x, y = share * np.cos(angle), share * np.sin(angle)
        moments += np.stack([x * x, y * y, x * y])
    xx, yy = moments[:2] / (DIRECTIONS / 2)
    xy = moments[2] / DIRECTIONS
    difference = np.sqrt(xy**2 + (xx - yy) ** 2) + TINY
    return Congruency(energy_of_all / (amplitude_of_all + TINY), (yy + xx + difference) / 2, (yy + xx - difference) / 2)


def _noise(smallest: np.ndarray, filters: np.ndarray) -> float:
    """The energy that noise may have, from the median amplitude at the shortest wavelength."""
    if not filters[0].any():  # a picture of one pixel has no wave in it
        return 0.0
    power = -np.median(smallest**2) / np.log(0.5) / (filters[0] ** 2).sum()
    impulses = np.fft.ifft2(filters).real * np.sqrt(smallest.size)
    squares = (impulses**2).sum()
    products = (impulses.sum(axis=0) ** 2).sum() - squares  # twice those of different wavelengths
    scale = np.sqrt((2 * power * squares + 2 * power * products) / 2)
    return float((scale * np.sqrt(np.pi / 2) + NOISE * np.sqrt((2 - np.pi / 2) * scale**2)) / 1.7)


@lru_cache(2)
def _filters(height: int, width: int) -> list[np.ndarray]:
    """For each direction the filters of all wavelengths, in the frequency domain: (LENGTHS, H, W)."""
    y, x = (_frequencies(n) for n in (height, width))
    radius, angle = np.hypot(y[:, None], x), np.arctan2(-y[:, None], np.broadcast_to(x, (height, width)))
    # The low-pass that keeps the corners out is one frequency off in sides of odd size, as in the toolboxes.
    rows, columns = (np.fft.fftshift((np.arange(n) - n // 2) / n) for n in (height, width))
    low_pass = 1 / (1 + (np.hypot(rows[:, None], columns) / 0.45) ** 30)
    radius[0, 0] = 1
    rings = []
    for number in range(LENGTHS):
        ring = np.exp(-(np.log(radius * SHORTEST * FACTOR**number) ** 2) / (2 * np.log(BANDWIDTH) ** 2)) * low_pass
        ring[0, 0] = 0
        rings.append(ring)
    found = []
    for number in range(DIRECTIONS):
        turn = angle - number * np.pi / DIRECTIONS
        apart = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
        found.append(np.stack(rings) * np.exp(-(apart**2) / (2 * SPREAD**2)))
    return found


def _frequencies(size: int) -> np.ndarray:
    """The frequencies of a side, 0 first; of an odd one from -0.5 to 0.5."""
    middle = size // 2
    return np.fft.ifftshift((np.arange(size) - middle) / max(size - size % 2, 1))
