import numpy as np


def stretch(picture: np.ndarray, outside: float = 0.0) -> np.ndarray:
    """The picture from its darkest pixel to its brightest one over [0, 1]; a constant one becomes 0.

    ``picture``: (H, W) in any range. ``outside``: the share of the pixels at either end that is clipped, 0.01 for one
    of a hundred. Returns float32 (H, W).

    >>> stretch(np.array([[2.0, 3.0, 6.0]])).tolist()
    [[0.0, 0.25, 1.0]]
    """
    low, high = np.quantile(picture, [outside, 1 - outside]) if outside else (picture.min(), picture.max())
    return np.clip((picture - low) / max(float(high - low), 1e-12), 0, 1).astype(np.float32)
