"""A pair that was made, and its truth."""

from typing import NamedTuple

import numpy as np


class MadePair(NamedTuple):
    """Two pictures of one scene, and the picture that they were made from; each float32 (H, W) in [0, 1]."""

    a: np.ndarray
    b: np.ndarray
    truth: np.ndarray
