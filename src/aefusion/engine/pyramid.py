"""AE-Netv2-P: an engine on each level of the sources' pyramids (Burt, Adelson 1983)."""

import numpy as np

from aefusion.engine.check import check
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

        check(a, b)
        depth = a.dtype
        a, b = to_depth(a, np.float32), to_depth(b, np.float32)
        fused = [self.engine(a, b)]
        for height, width in level_sizes(*a.shape)[1:]:
            a, b = (cv2.pyrDown(x, dstsize=(width, height)) for x in (a, b))
            fused.append(self.engine(a, b))
        result = fused[-1]
        for level in reversed(fused[:-1]):
            height, width = result.shape
            result -= cv2.pyrDown(level, dstsize=(width, height))
            result = cv2.pyrUp(result, dstsize=level.shape[::-1])
            result += level
        return to_depth(np.clip(result, 0, 1, out=result), depth)
