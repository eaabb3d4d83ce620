"""The two filter banks of the nonsubsampled contourlet transform, in which every band keeps its size.

A. da Cunha, J. Zhou, M. Do, 2006, The nonsubsampled contourlet transform: theory, design, and applications.
A pyramid with holes, with mirrored borders, gives the scales; a tree of fan filters, with periodic borders,
divides each scale into directions.
"""

from collections.abc import Iterator

import cv2
import numpy as np

# The pyramid's filters are polynomials of the 3x3 binomial B: low (1 + K) B - K B^2, high (1 - B) (1 + K
# B), and for the way back those of one degree more with low * back_low + high * back_high = 1.
K = 2 * (2**0.5 - 1)
BACK_LOW = (0.0, 3 - K - K**2, 2 * K**2 + K - 2, -(K**2))
BACK_HIGH = (1.0, 1 - K, K - 2 - K**2, K**2)


def pyramid_step(picture: np.ndarray, level: int) -> tuple[np.ndarray, np.ndarray]:
    """The low-pass and the band-pass picture of one level, 0 the finest; float32 (H, W) all."""
    once = _blur(picture, level)
    twice = _blur(once, level)
    return (1 + K) * once - K * twice, picture - (1 - K) * once - K * twice


def pyramid_step_back(low: np.ndarray, high: np.ndarray, level: int) -> np.ndarray:
    """The picture, float32 (H, W), of the two that `pyramid_step` gave for that level."""
    picture = BACK_LOW[3] * low + BACK_HIGH[3] * high
    for low_factor, high_factor in zip(BACK_LOW[2::-1], BACK_HIGH[2::-1], strict=True):
        picture = _blur(picture, level) + low_factor * low + high_factor * high
    return picture


def _blur(picture: np.ndarray, level: int) -> np.ndarray:
    taps = np.zeros(2 * 2**level + 1, np.float32)
    taps[:: 2**level] = 0.25, 0.5, 0.25
    return cv2.sepFilter2D(picture, -1, taps, taps, borderType=cv2.BORDER_REFLECT)


def direction_responses(shape: tuple[int, ...], halvings: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each of 2**halvings directions its frequency response and that of the way back, for numpy's rfft2.

    Zero-phase, so real: float32 (H, W // 2 + 1). The sum over all directions of response * back is one.
    """
    down = 2 * np.pi * np.fft.fftfreq(shape[0])[:, None]
    across = 2 * np.pi * np.fft.rfftfreq(shape[1])[None, :]

    def branch(level: int, node: int, there: np.ndarray, back: np.ndarray) -> Iterator:
        if level == halvings:
            yield there.astype(np.float32), back.astype(np.float32)
            return
        t = _fan(level + 1, node, down, across)
        yield from branch(level + 1, 2 * node, there * (1 + t) / 8**0.5, back * (1 + t) * (2 - t) / 2**0.5)
        yield from branch(level + 1, 2 * node + 1, there * (1 - t) * (2 + t) / 2**0.5, back * (1 - t) / 8**0.5)

    return branch(0, 0, np.ones((1, 1)), np.ones((1, 1)))


def _fan(level: int, node: int, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The variable of the two-channel filters at a node of the tree: 1 in its first branch, -1 in its second.

    The diamond's (cos + cos) / 2 of both frequencies (McClellan's transformation), modulated into a fan;
    from the second level on sampled on the quincunx lattice, from the third on sheared into parallelograms
    (M. Do, 2001, Directional multiresolution image representations, section 3.3).
    """
    if level == 1:
        return (np.cos(down) - np.cos(across)) / 2
    if level == 2:
        return np.sin(down) * np.sin(across)
    half = 2 ** (level - 2)
    if node >= half:
        node, down, across = node - half, across, down
    shear = 2 * (node // 2) - half // 2 + 1
    p, q = 2 * down, half * across - 2 * shear * down
    return (np.cos(p) - np.cos(p + q)) / 2 if node % 2 else (np.cos(q - p) - np.cos(p)) / 2
