import numpy as np

from aefusion.quality.arrays import gray_levels


def sd(fused: np.ndarray) -> float:
    """SD: the standard deviation of ``fused`` on the scale 0..255; 0 (constant) to 127.5.

    ``fused``: float32 (H, W) in [0, 1].
    Source: Rao, 1997, In-fibre Bragg grating sensors, as VIFB cites it.

    >>> sd(np.float32([[0, 1], [0, 1]]))
    127.5
    """
    return float(gray_levels(fused).std())
