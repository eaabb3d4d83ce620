"""The hybrid multi-scale decomposition of Zhou et al. (2016), and the rule that fuses two of them."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

Filter = Callable[[np.ndarray, int], np.ndarray]


class Layers(NamedTuple):
    """A picture taken apart; all layers together sum to it. Index 0 is the finest."""

    textures: list[np.ndarray]
    """What an edge-preserving filter takes away."""
    edges: list[np.ndarray]
    """What a plain blur takes away beyond that."""
    base: np.ndarray
    """What is left after the last blur."""


def decompose(picture: np.ndarray, levels: int, blur: Filter, smooth: Filter) -> Layers:
    """``picture``, float32 (H, W), as ``levels`` layers of texture and of edges, and a base.

    ``blur(picture, level)`` and ``smooth(picture, level)`` take away the details of that level, 0 being the
    finest; only ``smooth`` keeps the edges.
    """
    if levels < 2:
        raise ValueError(f"levels is {levels}: this decomposition needs at least 2")
    textures, edges = [], []
    blurred = smoothed = picture
    for level in range(levels):
        last, blurred, smoothed = blurred, blur(blurred, level), smooth(smoothed, level)
        textures.append(last - smoothed)
        edges.append(smoothed - blurred)
    return Layers(textures, edges, blurred)


def fuse_layers(visible: Layers, infrared: Layers, contrast: float, base_sigma: float, edge_sigma: float) -> np.ndarray:
    """The visible picture's layers, or the infrared picture's where its edges are stronger: float32 (H, W).

    The greater ``contrast``, the more an edge of the infrared picture counts that is hardly stronger.
    ``base_sigma`` spreads the coarsest choice before it is applied to the base layers, ``edge_sigma`` softens
    the finest one (0: not).
    """
    fused = 0
    coarsest = len(visible.edges) - 1
    for level in range(coarsest, 0, -1):
        excess = np.maximum(np.abs(infrared.edges[level]) - np.abs(visible.edges[level]), 0)
        # Where no infrared edge exceeds the visible one by more than rounding, none is chosen.
        highest = excess.max() if excess.max() > 1e-5 else np.inf
        choice = np.arctan(contrast * excess / highest) / np.float32(np.arctan(contrast))
        if level == coarsest:
            fused = _mix(gaussian(choice, base_sigma), visible.base, infrared.base)
        choice = gaussian(choice, 1.0)
        fused += _mix(choice, visible.edges[level], infrared.edges[level])
        fused += _mix(choice, visible.textures[level], infrared.textures[level])

    choice = _stronger(visible.edges[0], infrared.edges[0])
    fused += _mix(gaussian(choice, edge_sigma) if edge_sigma else choice, visible.edges[0], infrared.edges[0])
    return fused + _mix(_stronger(visible.textures[0], infrared.textures[0]), visible.textures[0], infrared.textures[0])


def gaussian(picture: np.ndarray, sigma: float) -> np.ndarray:
    """``picture`` blurred by a Gaussian that is cut off at 3 sigma; the picture is mirrored at its border."""
    size = 2 * int(3 * sigma) + 1
    return cv2.GaussianBlur(picture, (size, size), sigma, borderType=cv2.BORDER_REFLECT)


def _mix(choice: np.ndarray, visible: np.ndarray, infrared: np.ndarray) -> np.ndarray:
    return visible + choice * (infrared - visible)


def _stronger(visible: np.ndarray, infrared: np.ndarray) -> np.ndarray:
    """1 where the infrared layer is stronger, else 0: float32 (H, W)."""
    return (np.abs(visible) < np.abs(infrared)).astype(np.float32)
