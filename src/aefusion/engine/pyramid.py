"""AE-Netv2-P: an engine applied to each level of the sources' Laplacian pyramids (Burt, Adelson 1983)."""

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.network.levels import level_sizes


class PyramidEngine:
    """Runs the network of `engine` on every level; what it gives equals `network.pyramid.PyramidNetwork`."""

    def __init__(self, engine):
        self.engine = engine

    @property
    def runs_on(self) -> str:
        return f"{self.engine.runs_on}, on each level of a pyramid"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        import cv2

        from aefusion.engine.cpu import check

        check(a, b)
        fused = [self.engine(x, y) for x, y in zip(bands(a), bands(b), strict=True)]
        result = fused[-1]
        for band in reversed(fused[:-1]):
            result = cv2.pyrUp(result, dstsize=band.shape[::-1])
            result += band
            result -= 0.5
        return to_depth(np.clip(result, 0, 1, out=result), a.dtype)


def bands(picture: np.ndarray) -> list[np.ndarray]:
    """The Laplacian pyramid of (H, W), float32, finest first; the bands with 0.5 added, the lowest level as it is."""
    import cv2

    x, found = to_depth(picture, np.float32), []
    for height, width in level_sizes(*x.shape)[1:]:
        smaller = cv2.pyrDown(x, dstsize=(width, height))
        band = x - cv2.pyrUp(smaller, dstsize=x.shape[::-1])
        band += 0.5
        found.append(band)
        x = smaller
    return [*found, x]
