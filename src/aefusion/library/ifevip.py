import cv2
import numpy as np

from aefusion.transforms.cubic_resize import cubic_resize
from aefusion.transforms.gray_levels import to_gray_levels, to_picture

_BEZIER = np.array([[-1, 3, -3, 1], [3, -6, 3, 0], [-3, 3, 0, 0], [1, 0, 0, 0]], np.float32)


def ifevip(
    a: np.ndarray,
    b: np.ndarray,
    *,
    side: int = 512,
    smallest: int = 32,
    gaussian_size: int = 9,
    brightest: float = 0.001,
    strength: float = 0.8,
) -> np.ndarray:
    """Infrared feature extraction: bright objects of the infrared picture are added to the visible one.

    ``a`` (visible), ``b`` (infrared): float32 (H, W) in [0, 1]. The background is drawn over a quadtree of
    ``b``, scaled to ``side`` x ``side``, with blocks of at least ``smallest``; the share ``brightest`` of the
    pixels sets how much is added, at most ``strength``. Returns float32 (H, W) in [0, 1]; no darker than
    ``a``, so equal sources come out brighter where they are brighter than their background.

    Zhang, Zhang, Bai and Zhang, 2017, "Infrared and visual image fusion through infrared feature extraction
    and visual information preservation", Infrared Physics & Technology 83.
    """
    visible, infrared = to_gray_levels(a), to_gray_levels(b)
    background = infrared_background(infrared, side, smallest, gaussian_size)
    feature = np.maximum(infrared - background, 0)
    information = _entropy(visible)
    feature += (infrared - visible) * (_entropy(infrared) / information if information > 0 else 1)
    brightened = (visible + np.maximum(feature, 0)).ravel()
    count = max(1, round(brightest * brightened.size))
    highest = np.partition(brightened, -count)[-count:].mean()
    ratio = min(255 / max(highest, 1), strength)
    return to_picture(visible + np.clip(ratio * feature, 0, 255))


def infrared_background(gray_levels: np.ndarray, side: int, smallest: int, gaussian_size: int) -> np.ndarray:
    """The infrared picture without its bright objects: Bézier surfaces through the minima of a quadtree."""
    square = np.clip(cubic_resize(gray_levels, side, side), 0, 255)
    minima = cv2.erode(square, np.ones((smallest, smallest)), anchor=(smallest // 2 - 1, smallest // 2 - 1))
    surface = np.zeros((side + 1, side + 1), np.float32)
    padded = np.pad(minima, (0, 1), "edge")
    for top, left, block in sorted(_quadtree(square, smallest), key=lambda item: (-item[2], item[1], item[0])):
        here = np.s_[top : top + block + 1, left : left + block + 1]
        surface[here] = _bezier_surface(padded[here])
    background = cubic_resize(surface[:-1, :-1], *gray_levels.shape)
    size = (gaussian_size, gaussian_size)
    return cv2.GaussianBlur(background, size, gaussian_size / 2, borderType=cv2.BORDER_REPLICATE)


def _quadtree(square: np.ndarray, smallest: int, threshold: float = 0.2 * 255) -> list[tuple[int, int, int]]:
    """Top, left and side of the blocks that range over no more than ``threshold`` or cannot be halved."""
    blocks, waiting = [], [(0, 0, len(square))]
    while waiting:
        top, left, size = waiting.pop()
        inside = square[top : top + size, left : left + size]
        if size // 2 >= smallest and size % 2 == 0 and np.ptp(inside) > threshold:
            half = size // 2
            waiting += [(top + down, left + right, half) for down in (0, half) for right in (0, half)]
        else:
            blocks.append((top, left, size))
    return blocks


def _bezier_surface(block: np.ndarray) -> np.ndarray:
    """The bicubic Bézier patch over ``block`` whose 16 control points are almost evenly spread over it."""
    last = len(block) - 1
    quarter = last // 4
    # As the authors choose them: 1, 2 q, 3 q, 4 q + 1, counted from 1.
    control = np.array([0, 2 * quarter - 1, 3 * quarter - 1, last])
    position = np.linspace(0, 1, last + 1, dtype=np.float32)[:, None]
    left = position ** np.arange(3, -1, -1) @ _BEZIER
    return (left @ block[np.ix_(control, control)] @ left.T).astype(np.float32)


def _entropy(gray_levels: np.ndarray) -> float:
    """Shannon's entropy of the 256 gray levels, in bits."""
    counts = np.bincount(np.rint(gray_levels).astype(np.intp).ravel(), minlength=256)
    share = counts[counts > 0] / gray_levels.size
    return float(-(share * np.log2(share)).sum())
