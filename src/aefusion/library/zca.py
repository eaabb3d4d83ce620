import cv2
import numpy as np

from aefusion.transforms.pretrained_features import Weights, find_weights, resnet_features
from aefusion.weights.installed import installed


def zca(
    a: np.ndarray,
    b: np.ndarray,
    *,
    layer: int = 5,
    radius: int = 2,
    normalise: bool = False,
    weights: Weights | None = None,
) -> np.ndarray:
    """Fusion by whitened features of ResNet-50: each source by its share of their absolute sum.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``layer``: 4 or 5, the group of convolutions whose output is
    taken. ``radius``: K, of the window in which features are added up. ``normalise``: whether the pictures are
    normalised as the network expects them; the authors give them as they are. ``weights``: torchvision's state
    dict of ResNet-50, or the path of its file; without it the file that AEFUSION_RESNET50 names, or that
    `aefusion weights add resnet50` has kept. Returns float32 (H, W) in [0, 1].

    H. Li, X. Wu, T. Durrani, 2019, Infrared and visible image fusion with ResNet and zero-phase component
    analysis.
    """
    if layer not in (2, 3, 4, 5):
        raise ValueError(f"layer is {layer}: give 2 to 5")
    state = find_weights(weights, "ResNet-50", installed("resnet50", "published"))
    features = [resnet_features(state, x, layer - 1, normalise).numpy() for x in (a, b)]
    strength_a, strength_b = (whitened_strength(x, radius) for x in features)
    size = a.shape[1], a.shape[0]
    strength_a, strength_b = (
        np.maximum(cv2.resize(x, size, interpolation=cv2.INTER_CUBIC), 0) for x in (strength_a, strength_b)
    )
    share = ((strength_a + 1e-12) / (strength_a + strength_b + 2e-12)).astype(np.float32)
    return np.clip(share * a + (1 - share) * b, 0, 1)


def whitened_strength(features: np.ndarray, radius: int) -> np.ndarray:
    """The mean over a window of the absolute sum of the whitened channels, float32 (h, w).

    ``features``: (channels, h, w). Zero-phase component analysis, channel by channel, over its rows.
    """
    centred = (features - features.mean(axis=(1, 2), keepdims=True)).astype(np.float64)
    values, vectors = np.linalg.eigh(centred @ centred.transpose(0, 2, 1))
    scale = 1 / np.sqrt(np.maximum(values, 0) + 1e-5)
    white = (vectors * scale[:, None]) @ (vectors.transpose(0, 2, 1) @ centred)
    side = 2 * radius + 1
    total = np.abs(white).sum(axis=0).astype(np.float32)
    return cv2.blur(total, (side, side), borderType=cv2.BORDER_CONSTANT)
