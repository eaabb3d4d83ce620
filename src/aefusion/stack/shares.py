from collections.abc import Iterable

import numpy as np


class Shares:
    """The share of each picture at each pixel: its weight over the sum of all; one pass over the weights fills it.

    Weights come as logarithms, and the sum is kept relative to the largest weight so far, so that neither the largest
    nor the smallest is lost.
    """

    def __init__(self, weights: Iterable[np.ndarray], count: int):
        """``weights``: ``count`` arrays float32 (H, W)."""
        self._chosen: np.ndarray | None = None
        self.winner = np.zeros((), np.uint8)
        """(H, W), uint8 or uint16: which picture has the largest weight; of equal ones the first."""
        for i, weight in enumerate(weights):
            if i == 0:
                self._largest, self._sum = weight.copy(), np.ones_like(weight)
                self.winner = np.zeros(weight.shape, np.uint8 if count <= 256 else np.uint16)
                continue
            largest = np.maximum(self._largest, weight)
            self._sum *= np.exp(self._largest - largest)
            self._sum += np.exp(weight - largest)
            self.winner[weight > self._largest] = i
            self._largest = largest

    def choose(self, index: np.ndarray) -> None:
        """Take each pixel that differs from the winner wholly from the picture of this index, (H, W), instead."""
        self._chosen = index != self.winner
        self.winner = index.astype(self.winner.dtype)

    def __call__(self, weight: np.ndarray, position: int = 0) -> np.ndarray:
        """The share, float32 (H, W) in [0, 1], of the picture whose weight this is; together they are 1.

        ``position``: that of the picture, which counts where somebody chose.
        """
        share = np.exp(weight - self._largest) / self._sum
        if self._chosen is not None:
            share[self._chosen] = self.winner[self._chosen] == position
        return share
