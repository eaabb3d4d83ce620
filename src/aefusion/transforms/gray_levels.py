"""Between pictures in [0, 1] and the gray levels 0 to 255 in which most papers state their parameters."""

import numpy as np


def to_gray_levels(picture: np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """``picture``, float (H, W) in [0, 1], in gray levels: ``dtype`` (H, W) in [0, 255]."""
    return np.asarray(picture, dtype) * dtype(255)


def to_picture(gray_levels: np.ndarray) -> np.ndarray:
    """Gray levels, any float (H, W), as a picture: float32 (H, W), clipped to [0, 1]."""
    return np.clip(gray_levels / 255, 0, 1).astype(np.float32)
