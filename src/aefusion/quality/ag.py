import numpy as np

from aefusion.quality.arrays import gray_levels


def ag(fused: np.ndarray, *, divisor: str = "all") -> float:
    """AG: the average gradient of ``fused`` on the scale 0..255, from 0 (constant) upwards.

    The mean of ``sqrt((dx^2 + dy^2) / 2)`` with central differences (one-sided at the border).
    ``divisor="all"`` divides by all H W pixels, as the paper's Table III; ``"inner"`` by (H - 1)(W - 1), as
    the MATLAB toolboxes do although they sum H W gradients.
    ``fused``: float32 (H, W) in [0, 1], at least 2 x 2.
    Source: Cui, Feng, Xu, Li, Chen, 2015, Detail preserved fusion of visible and infrared images using
    regional saliency extraction and multi-scale image decomposition.

    >>> round(ag(np.float32([[0, 1], [0, 1]])), 4)
    180.3122
    """
    down, across = np.gradient(gray_levels(fused))
    total = np.sqrt((down**2 + across**2) / 2).sum()
    height, width = fused.shape
    return float(total / ((height - 1) * (width - 1) if divisor == "inner" else height * width))
