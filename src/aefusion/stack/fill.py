import numpy as np

from aefusion.image.depth import to_depth


def fill(pixels: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """The picture with what is not covered filled from around it, smoothly, so that no edge is left there.

    ``pixels``: (H, W) or (H, W, 3), of any depth; ``covered``: bool (H, W). Means of what is covered in ever larger
    surroundings: S. Gortler, R. Grzeszczuk, R. Szeliski, M. Cohen, 1996, The lumigraph (pull and push).

    >>> fill(np.array([[9, 0, 0, 9]] * 4, np.uint8), np.array([[1, 0, 0, 1]] * 4, bool))[0].tolist()
    [9, 9, 9, 9]
    """
    if covered.all() or not covered.any():
        return pixels
    values = to_depth(pixels, np.float32)
    filled = to_depth(np.clip(_filled(values, covered.astype(np.float32)), 0, 1), pixels.dtype)
    return np.where(covered if pixels.ndim == 2 else covered[..., None], pixels, filled)


def _filled(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    import cv2

    parts = weight if values.ndim == 2 else cv2.merge([weight] * 3)
    if weight.min() > 0.99 or max(weight.shape) < 2:
        return values
    low_weight = cv2.pyrDown(weight)
    low_parts = low_weight if values.ndim == 2 else cv2.merge([low_weight] * 3)
    low = cv2.pyrDown(values * parts) / np.maximum(low_parts, 1e-6)
    around = cv2.pyrUp(_filled(low, np.minimum(low_weight * 4, 1)), dstsize=weight.shape[::-1])
    return values * parts + around * (1 - parts)
