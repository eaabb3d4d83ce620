"""The photographs that made pairs are made from."""

from collections.abc import Collection, Iterator
from itertools import chain
from os import PathLike

import cv2
import numpy as np

from aefusion.evolution.data import read_gray
from aefusion.image.pair_tree import tree

VISIBLE = "ir_visible"
"""The task whose first pictures are photographs of one focus and one exposure."""
PHOTOGRAPHS = ("astronaut", "brick", "camera", "chelsea", "rocket", "coins")
"""Those of scikit-image that are taken; not coffee and motorcycle, of which the documentation's pictures are made."""
SHARPNESS, NOISE, SATURATED, MEAN = 0.33, 0.006, 0.15, (0.2, 0.8)
"""Least and largest values of a picture that is taken: see `is_sharp`."""


def sharp_pictures(root: str | PathLike[str], leave_out: Collection[str] = ()) -> list[np.ndarray]:
    """The photographs of a tree of training pairs and of scikit-image that are sharp, each float32 (H, W) in [0, 1].

    root: ``<task>/<dataset>/{a,b}/<stem>.*``; of the task `ir_visible` the pictures a are looked at. leave_out: full
    names of pairs, such as those kept aside. scikit-image's are left out where it is not installed.
    """
    pairs = [pair for pair in tree(root) if pair.task == VISIBLE and pair.full_name not in leave_out]
    every = chain((read_gray(pair.a) for pair in pairs), photographs())  # one by one: most are left out
    return [picture for picture in every if is_sharp(picture)]


def photographs() -> Iterator[np.ndarray]:
    try:
        from skimage import data
    except ModuleNotFoundError:
        return
    for name in PHOTOGRAPHS:
        picture = getattr(data, name)().astype(np.float32) / 255
        yield picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def is_sharp(picture: np.ndarray) -> bool:
    """Whether a gray picture, float32 (H, W) in [0, 1], is neither blurred nor noisy, nor badly exposed.

    At least `SHARPNESS`, at most `NOISE`, at most the share `SATURATED` near to black or white, and a mean in `MEAN`.
    """
    saturated = np.mean((picture <= 0.02) | (picture >= 0.98))
    exposed = saturated <= SATURATED and MEAN[0] <= picture.mean() <= MEAN[1]
    return bool(exposed and sharpness(picture) >= SHARPNESS and noise(picture) <= NOISE)


def sharpness(picture: np.ndarray) -> float:
    """Which share of the gradient at the strongest twentieth of the edges is lost by a Gaussian blur of one pixel.

    What is blurred already loses little. After F. Crete et al. 2007, The blur effect.
    """
    before, after = (gradient(x) for x in (picture, cv2.GaussianBlur(picture, (0, 0), 1)))
    edges = before >= np.percentile(before, 95)
    return float(1 - after[edges].mean() / max(before[edges].mean(), 1e-9))


def gradient(picture: np.ndarray) -> np.ndarray:
    return np.hypot(cv2.Sobel(picture, -1, 1, 0), cv2.Sobel(picture, -1, 0, 1))


def noise(picture: np.ndarray, block: int = 16) -> float:
    """The standard deviation of the noise in flat regions: the lowest tenth of the blocks that are not saturated.

    Of each block as J. Immerkaer 1996, Fast noise variance estimation; infinity where all are saturated.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    means, high = (
        cv2.resize(x, (max(1, x.shape[1] // block), max(1, x.shape[0] // block)), interpolation=cv2.INTER_AREA)
        for x in (picture, np.abs(cv2.filter2D(picture, -1, mask)))
    )
    inner = (means > 0.06) & (means < 0.94)
    return float(np.sqrt(np.pi / 2) * np.percentile(high[inner], 10)) if inner.any() else float("inf")
