import cv2
import numpy as np


def mertens(
    a: np.ndarray, b: np.ndarray, *more: np.ndarray, contrast_weight: float = 1.0, exposure_weight: float = 1.0
) -> np.ndarray:
    """Exposure fusion: Laplacian pyramids blended by the contrast and the exposure of each pixel.

    ``a``, ``b``, and any more: float32 (H, W) in [0, 1]. ``contrast_weight``, ``exposure_weight``: the powers to which
    both measures are taken; the third one, saturation, is of no use on gray pictures. Returns float32 (H,
    W) in [0, 1].

    T. Mertens, J. Kautz, F. Van Reeth, 2007, Exposure fusion; as OpenCV computes it.
    """
    merge = cv2.createMergeMertens(contrast_weight, 0.0, exposure_weight)
    return np.clip(merge.process([255 * x for x in (a, b, *more)]), 0, 1)  # OpenCV divides by 255
