from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aefusion.engine.trained import Trained


@dataclass(frozen=True, eq=False)
class TwoLayers:
    """The weights of conv k1 x k1 with ReLU, conv k2 x k2, clip; (k1, k2) is (3, 5) or (1, 3): what the kernel runs.

    float32, in PyTorch's layout: w1 (64, 2, k1, k1), b1 (64,), w2 (1, 64, k2, k2), b2 (1,).
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

    def __post_init__(self):
        shapes = tuple(np.shape(w) for w in (self.w1, self.b1, self.w2, self.b2))
        known = [((64, 2, k1, k1), (64,), (1, 64, k2, k2), (1,)) for k1, k2 in ((3, 5), (1, 3))]
        if shapes not in known:
            raise ValueError(f"weights have shapes {shapes}; the CPU engine runs {known[0]} and {known[1]}")

    @classmethod
    def of(cls, folded: Trained) -> "TwoLayers":
        """Those of a folded network that has two layers."""
        return cls(*(folded.weights[name] for name in ("c1.weight", "c1.bias", "c2.weight", "c2.bias")))

    @cached_property
    def packed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The same with the 64 channels last, as the kernel reads them."""
        ordered = (self.w1.transpose(1, 2, 3, 0), self.b1, self.w2[0].transpose(1, 2, 0), self.b2)
        first, first_bias, second, second_bias = (np.ascontiguousarray(w, np.float32) for w in ordered)
        return first, first_bias, second, second_bias
