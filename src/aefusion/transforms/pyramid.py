"""The Gaussian pyramid's two steps, with the binomial filter (1, 4, 6, 4, 1) / 16 and reflected borders.

P. Burt, E. Adelson, 1983, The Laplacian pyramid as a compact image code.
"""

import cv2
import numpy as np


def check_levels(levels: int) -> None:
    """ValueError if there is no level."""
    if levels < 1:
        raise ValueError(f"levels is {levels}: give 1 or more")


def even(picture: np.ndarray) -> np.ndarray:
    """The picture with one reflected row and column more where its height and width are odd."""
    height, width = picture.shape
    if height % 2 == width % 2 == 0:
        return picture
    return cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REFLECT_101)


def down(picture: np.ndarray) -> np.ndarray:
    """float32 (H, W), both even, to its low-pass half (H / 2, W / 2)."""
    return cv2.pyrDown(picture)


def up(picture: np.ndarray) -> np.ndarray:
    """float32 (H, W) to (2 H, 2 W)."""
    return cv2.pyrUp(picture)


def laplacian_step(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (H, W) to its low-pass half and the band that this takes from it, both of the picture made `even`."""
    picture = even(picture)
    low = down(picture)
    return low, picture - up(low)
