from dataclasses import replace

import numpy as np

from aefusion.image.picture import Picture


def resize(picture: Picture, height: int, width: int) -> Picture:
    """A picture in another size: averaged over areas where it shrinks (INTER_AREA), bicubic where it grows."""
    if picture.pixels.shape[:2] == (height, width):
        return picture
    alpha = None if picture.alpha is None else _resized(picture.alpha, height, width)
    scale, before = picture.metadata.scale, picture.pixels.shape[:2]
    metadata = replace(picture.metadata, scale=scale and scale.of_size(before, (height, width)))
    return replace(picture, pixels=_resized(picture.pixels, height, width), alpha=alpha, metadata=metadata)


def _resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    import cv2

    shrinks = height * width < pixels.shape[0] * pixels.shape[1]
    result = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    # Bicubic interpolation overshoots beside edges; integers saturate by themselves.
    return np.clip(result, 0, 1) if result.dtype == np.float32 else result
