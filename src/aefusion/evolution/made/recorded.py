"""What a camera does to a picture when it stores it."""

import cv2
import numpy as np

JPEG_SHARE = 0.4
"""How many of the made pairs went through JPEG."""
JPEG_QUALITY = (70, 98)


def recorded(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Both pictures of a pair as files of 8 bit hold them, float32 (H, W) in [0, 1].

    A share of the pairs is compressed by JPEG, both pictures with one quality; the others are rounded only.
    """
    stored = [(np.clip(x, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8) for x in (a, b)]
    if rng.random() < JPEG_SHARE:
        quality = int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1))
        stored = [through_jpeg(x, quality) for x in stored]
    first, second = (x.astype(np.float32) / np.float32(255) for x in stored)
    return first, second


def through_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """A gray picture, uint8 (H, W), compressed by JPEG and read again."""
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
