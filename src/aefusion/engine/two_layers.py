from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aefusion.engine.trained import Trained

MOST_MAPS = 128
"""Maps that the kernel for two layers takes at most."""


@dataclass(frozen=True, eq=False)
class TwoLayers:
    """The weights of conv k1 x k1 with ReLU, conv k2 x k2, clip; (k1, k2) is (3, 5) or (1, 3).

    float32, in PyTorch's layout: w1 (n, 2, k1, k1), b1 (n,), w2 (1, n, k2, k2), b2 (1,), with n maps, 1 to MOST_MAPS.
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

    def __post_init__(self):
        shapes = tuple(np.shape(w) for w in (self.w1, self.b1, self.w2, self.b2))
        n = shapes[0][0] if shapes[0] else 0
        known = [((n, 2, k1, k1), (n,), (1, n, k2, k2), (1,)) for k1, k2 in ((3, 5), (1, 3))]
        if shapes not in known or not 1 <= n <= MOST_MAPS:
            wanted = "(n, 2, k1, k1), (n,), (1, n, k2, k2), (1,) with k1, k2 = 3, 5 or 1, 3"
            raise ValueError(f"weights have shapes {shapes}; two layers are {wanted} and n = 1 to {MOST_MAPS}")

    @classmethod
    def of(cls, folded: Trained) -> "TwoLayers":
        """Those of a folded network that has two layers."""
        return cls(*(folded.weights[name] for name in ("c1.weight", "c1.bias", "c2.weight", "c2.bias")))

    @cached_property
    def packed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The same with the maps last, as the kernel reads them."""
        ordered = (self.w1.transpose(1, 2, 3, 0), self.b1, self.w2[0].transpose(1, 2, 0), self.b2)
        first, first_bias, second, second_bias = (np.ascontiguousarray(w, np.float32) for w in ordered)
        return first, first_bias, second, second_bias
