from collections.abc import Mapping
from math import ceil

import cv2
import numpy as np

from aefusion.learned.cnn import CNN, weight_map
from aefusion.learned.find_weights import find_weights
from aefusion.learned.ready import Weights, ready
from aefusion.transforms.guided_filter import guided_filter

RADIUS, EPSILON = 8, 0.1


def cnn_mf(
    a: np.ndarray,
    b: np.ndarray,
    *,
    threshold: float = 0.5,
    area: float = 0.01,
    as_reference: bool = False,
    weights: Weights | None = None,
) -> np.ndarray:
    """Fusion of two focus settings by a siamese network: a map of which source is sharp, cleaned, its edges softened.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``threshold``: of the network's weight, above which ``a`` is sharp.
    ``area``: regions below this share of the picture go to what surrounds them. ``as_reference``: in whole gray levels,
    as the authors write it. ``weights``: "published", of which the file is large; "small", those of `cnn_iv`, which is
    the same network without its last layer but one (the authors offer it too) and is taken where there are no others; a
    file, or a state dict. Returns float32 (H, W) in [0, 1].

    Y. Liu, X. Chen, H. Peng, Z. Wang, 2017, Multi-focus image fusion with a deep convolutional neural network.
    """
    weights = weights if isinstance(weights, Mapping) else find_weights("cnn_mf", weights)
    network = ready("cnn_mf", lambda: CNN(_is_large(weights)), weights)
    sharp = (weight_map(network, a, b) > threshold).astype(np.uint8)
    smallest = ceil(area * sharp.size)
    sharp = _without_small(sharp, smallest)
    sharp = 1 - _without_small(1 - sharp, smallest)
    share = sharp.astype(np.float32)
    guide = share * a + (1 - share) * b
    share = guided_filter(guide.astype(np.float64), share.astype(np.float64), RADIUS, EPSILON)
    fused = np.clip(share * a + (1 - share) * b, 0, 1).astype(np.float32)
    return np.rint(255 * fused) / np.float32(255) if as_reference else fused


def _is_large(weights) -> bool:
    if isinstance(weights, Mapping):
        return "feature.weight" in weights
    from safetensors import safe_open

    with safe_open(weights, "numpy") as file:
        return "feature.weight" in file.keys()  # noqa: SIM118


def _without_small(regions: np.ndarray, smallest: int) -> np.ndarray:
    """The map, uint8 (H, W) of 0 and 1, without regions of 1 that have fewer pixels than ``smallest``."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(regions, connectivity=8)
    keep = facts[:count, cv2.CC_STAT_AREA] >= smallest
    keep[0] = False
    return keep[np.asarray(labels, np.intp)].astype(np.uint8)
