from itertools import pairwise

import cv2
import numpy as np

from aefusion.learned.cnn import CNN, weight_map
from aefusion.learned.ready import Weights, ready

BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


def cnn_iv(
    a: np.ndarray, b: np.ndarray, *, similarity: float = 0.6, as_reference: bool = False, weights: Weights | None = None
) -> np.ndarray:
    """Fusion by a siamese network: each level of a pyramid from the source with more energy, or weighted if both agree.

    ``a``, ``b``: float32 (H, W) in [0, 1], visible and infrared. ``similarity``: of two places, above which both are
    weighted by the network. ``as_reference``: in whole gray levels, as the authors write it. ``weights``: the name of
    an installed set (see `aefusion weights`), a file, or a state dict. Returns float32 (H, W) in [0, 1].

    Y. Liu, X. Chen, J. Cheng, H. Peng, Z. Wang, 2018, Infrared and visible image fusion with convolutional neural
    networks.
    """
    share = weight_map(ready("cnn_iv", CNN, weights), b, a)
    levels = max(1, int(np.log2(min(a.shape))))
    first, second, shares = _laplacian(b, levels), _laplacian(a, levels), _gaussian(share, levels)
    fused = [_join(x, y, w, similarity) for x, y, w in zip(first, second, shares, strict=True)]
    picture = fused.pop()
    while fused:
        band = fused.pop()
        picture = band + _up(picture, band.shape)
    return np.rint(255 * np.clip(picture, 0, 1)) / np.float32(255) if as_reference else np.clip(picture, 0, 1)


def _join(a: np.ndarray, b: np.ndarray, share: np.ndarray, similarity: float) -> np.ndarray:
    """One level: where both have like structure their weighted mean, elsewhere the one with more energy."""
    energy_a, energy_b, common = (_sum_around(x) for x in (a * a, b * b, a * b))
    agree = 2 * common / (energy_a + energy_b + np.finfo(float).eps) > similarity
    return np.where(agree, share * a + (1 - share) * b, np.where(energy_a > energy_b, a, b))


def _sum_around(x: np.ndarray) -> np.ndarray:
    """The sum over 3x3 pixels; beyond the border the picture is mirrored, and its corners are 0."""
    x = np.pad(x, 1, "reflect" if min(x.shape) > 1 else "edge")
    x[[0, 0, -1, -1], [0, -1, 0, -1]] = 0
    return cv2.boxFilter(x, -1, (3, 3), normalize=False)[1:-1, 1:-1]


def _gaussian(picture: np.ndarray, levels: int) -> list[np.ndarray]:
    pictures = [picture]
    for _ in range(levels - 1):
        smooth = cv2.sepFilter2D(pictures[-1], -1, BINOMIAL, BINOMIAL, borderType=cv2.BORDER_REFLECT)
        pictures.append(smooth[::2, ::2])
    return pictures


def _laplacian(picture: np.ndarray, levels: int) -> list[np.ndarray]:
    pictures = _gaussian(picture, levels)
    return [x - _up(y, x.shape) for x, y in pairwise(pictures)] + pictures[-1:]


def _up(picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Twice the size, cut to ``shape``: zeros in between, a border of one pixel repeated, then the filter."""
    wide = np.pad(picture, 1, "edge")
    spread = np.zeros((2 * wide.shape[0], 2 * wide.shape[1]), np.float32)
    spread[::2, ::2] = 4 * wide
    smooth = cv2.sepFilter2D(spread, -1, BINOMIAL, BINOMIAL, borderType=cv2.BORDER_CONSTANT)
    return smooth[2 : 2 + shape[0], 2 : 2 + shape[1]]
