from collections.abc import Iterable, Iterator

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
            for rows in _strips(weight):
                largest = np.maximum(self._largest[rows], weight[rows])
                self._sum[rows] *= np.exp(self._largest[rows] - largest)
                self._sum[rows] += np.exp(weight[rows] - largest)
                self.winner[rows][weight[rows] > self._largest[rows]] = i
                self._largest[rows] = largest

    def choose(self, index: np.ndarray) -> None:
        """Take each pixel that differs from the winner wholly from the picture of this index, (H, W), instead."""
        self._chosen = index != self.winner
        self.winner = index.astype(self.winner.dtype)

    def __call__(self, weight: np.ndarray, position: int = 0) -> np.ndarray:
        """The share, float32 (H, W) in [0, 1], of the picture whose weight this is; together they are 1.

        It is written over the weight. ``position``: that of the picture, which counts where somebody chose.
        """
        for rows in _strips(weight):
            np.divide(np.exp(weight[rows] - self._largest[rows]), self._sum[rows], out=weight[rows])
        if self._chosen is not None:
            weight[self._chosen] = self.winner[self._chosen] == position
        return weight


def _strips(weight: np.ndarray) -> Iterator[slice]:
    """Rows that are done at a time, so that what comes between needs little memory."""
    rows = max(1, (1 << 18) // weight.shape[1])
    return (slice(top, top + rows) for top in range(0, len(weight), rows))
