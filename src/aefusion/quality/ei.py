import cv2
import numpy as np

from aefusion.quality.arrays import gray_levels, sobel


def ei(fused: np.ndarray) -> float:
    """EI: the edge intensity, the mean strength of the Sobel gradient of ``fused`` on the scale 0..255.

    The mask's weights are 1, 2, 1 (they add up to 4), the border repeats. ``fused``: float32 (H, W) in [0,
    1].
    Source: Rajalingam and Priya, 2018, Hybrid multimodality medical image fusion technique.

    >>> ei(np.float32([[0, 1], [0, 1]]))
    1020.0
    """
    return float(cv2.magnitude(*sobel(gray_levels(fused), cv2.BORDER_REPLICATE)).mean())
