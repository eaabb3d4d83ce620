import cv2
import numpy as np

from aefusion.transforms.pretrained_features import Weights, find_weights, vgg_features
from aefusion.transforms.split_low_high import split_low_high
from aefusion.weights.installed import installed

GROUPS = 4  # conv1_1, conv2_1, conv3_1, conv4_1, before their ReLU, as in the authors' code
MULTIPLE = 2 ** (GROUPS - 1)


def dl(a: np.ndarray, b: np.ndarray, *, weight_a: float = 0.5, weights: Weights | None = None) -> np.ndarray:
    """Deep-learning fusion: the smooth parts' mean, and the details by the activity of four layers of VGG-19.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``weight_a``: of the smooth part of ``a``, the rest is that of
    ``b``. Each layer makes a fused detail; the largest counts. ``weights``: torchvision's state dict of
    VGG-19, or the path of its file; without it the file that AEFUSION_VGG19 names, or that `aefusion weights
    add vgg19` has kept. Returns float32 (H, W) in [0, 1].

    H. Li, X. Wu, J. Kittler, 2018, Infrared and visible image fusion using a deep learning framework.
    """
    state = find_weights(weights, "VGG-19", installed("vgg19", "published"))
    (low_a, high_a), (low_b, high_b) = split_low_high(a), split_low_high(b)
    height, width = a.shape
    padding = [(0, -length % MULTIPLE) for length in a.shape]  # so that every pooling comes out even
    padded = [np.pad(high, padding, "symmetric") for high in (high_a, high_b)]
    layers = [vgg_features(state, high, GROUPS, rectified=False) for high in padded]
    fused = np.full(a.shape, -np.inf, np.float32)
    for k, (layer_a, layer_b) in enumerate(zip(*layers, strict=True)):
        strength_a, strength_b = (
            cv2.blur(layer.abs().sum(dim=0).numpy(), (3, 3), borderType=cv2.BORDER_CONSTANT)
            for layer in (layer_a, layer_b)
        )
        share = (strength_a + 1e-12) / (strength_a + strength_b + 2e-12)
        share = share.repeat(2**k, axis=0).repeat(2**k, axis=1)[:height, :width]
        fused = np.maximum(fused, share * high_a + (1 - share) * high_b)
    return np.clip(weight_a * low_a + (1 - weight_a) * low_b + fused, 0, 1)
