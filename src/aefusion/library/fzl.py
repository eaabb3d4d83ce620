import cv2
import numpy as np

from aefusion.transforms.guided_filter import guided_filter
from aefusion.transforms.pretrained_features import Weights, find_weights, vgg_features
from aefusion.weights.installed import installed


def fzl(
    a: np.ndarray,
    b: np.ndarray,
    *,
    base_radius: int = 45,
    base_epsilon: float = 0.01,
    base_size: int = 45,
    weights: Weights | None = None,
) -> np.ndarray:
    """Zero-learning fusion: base layers by the rarity of their gray levels, details by VGG-19's first layer.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``base_size``: side of the mean filter that makes the base
    layers, whose weights are smoothed by a guided filter. The details' weights are not, as in the authors'
    code; it divides the details by 255 twice, so that the layer sees little more than its biases, and so it
    is here. (Table V has a radius of 35, and one of 7 for details, which their code does not use.)
    ``weights``: torchvision's state dict of VGG-19, or the path of its file; without it the file that
    AEFUSION_VGG19 names, or that `aefusion weights add vgg19` has kept. Returns float32 (H, W) in [0, 1].

    F. Lahoud, S. Susstrunk, 2019, Fast and efficient zero-learning image fusion.
    """
    state = find_weights(weights, "VGG-19", installed("vgg19", "published"))
    bases = [cv2.blur(x, (base_size, base_size), borderType=cv2.BORDER_REFLECT) for x in (a, b)]
    details = [a - bases[0], b - bases[1]]
    base_share = _share(_rarity(a), _rarity(b))
    base_share = _smooth(base_share, a, b, base_radius, base_epsilon)
    detail_share = _share(*(np.exp(_activity(state, detail / 255)) for detail in details))
    base = base_share * bases[0] + (1 - base_share) * bases[1]
    detail = detail_share * details[0] + (1 - detail_share) * details[1]
    return np.clip(base + detail, 0, 1)


def _rarity(picture: np.ndarray) -> np.ndarray:
    """How far each pixel's gray level is from all pixels' gray levels, on average, (H, W)."""
    gray_levels = np.rint(255 * np.clip(picture, 0, 1)).astype(np.intp)
    histogram = np.bincount(gray_levels.ravel(), minlength=256) / gray_levels.size
    gray = np.arange(256)
    return (np.abs(gray[:, None] - gray) @ histogram).astype(np.float32)[gray_levels]


def _activity(state, detail: np.ndarray) -> np.ndarray:
    """The sum of relu1_1 over its channels, stretched to [0, 1], (H, W)."""
    total = vgg_features(state, detail, 1)[0].sum(dim=0).numpy()
    return (total - total.min()) / max(float(np.ptp(total)), 1e-12)


def _share(strength: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (strength + 1e-12) / (strength + other + 2e-12)


def _smooth(share: np.ndarray, a: np.ndarray, b: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The share of ``a``, after both shares followed their own source's edges."""
    share_a = np.maximum(guided_filter(a, share, radius, epsilon), 0)
    share_b = np.maximum(guided_filter(b, 1 - share, radius, epsilon), 0)
    return _share(share_a, share_b)
