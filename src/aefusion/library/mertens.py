import cv2
import numpy as np

from aefusion.transforms.blend import Blend

WIDTH = 0.2
"""The standard deviation of the bell over brightness that says how well a pixel is exposed."""


def mertens(
    a: np.ndarray,
    b: np.ndarray,
    *more: np.ndarray,
    contrast_weight: float = 1.0,
    exposure_weight: float = 1.0,
    shadows: float | None = None,
    highlights: float | None = None,
) -> np.ndarray:
    """Exposure fusion: Laplacian pyramids blended by the contrast and the exposure of each pixel.

    ``a``, ``b``, and any more: float32 (H, W) in [0, 1]. ``contrast_weight``, ``exposure_weight``: the powers to which
    both measures are taken; the third one, saturation, is of no use on gray pictures. ``shadows``, ``highlights``: in
    [0, 1], how far dark and bright parts are kept from black and white, see `transforms.within_range`; None for the
    method as it was published, in which they may end there. Returns float32 (H, W) in [0, 1].

    T. Mertens, J. Kautz, F. Van Reeth, 2007, Exposure fusion; as OpenCV computes it.
    """
    sources = (a, b, *more)
    if shadows is None and highlights is None:
        merge = cv2.createMergeMertens(contrast_weight, 0.0, exposure_weight)
        return np.clip(merge.process([255 * x for x in sources]), 0, 1)  # OpenCV divides by 255
    blend = Blend(shadows, highlights)
    weights = [_weight(x, contrast_weight, exposure_weight) for x in sources]
    total = np.add.reduce(weights)
    for source, weight in zip(sources, weights, strict=True):
        blend.add(source, weight / total)
    return np.clip(blend.result(), 0, 1)


def _weight(x: np.ndarray, contrast_weight: float, exposure_weight: float) -> np.ndarray:
    contrast = np.abs(cv2.Laplacian(x, cv2.CV_32F)) ** np.float32(contrast_weight)
    return contrast * np.exp(-((x - 0.5) ** 2) * np.float32(exposure_weight / (2 * WIDTH**2))) + np.float32(1e-12)
