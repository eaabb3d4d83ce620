"""Square patches of a picture as columns of a matrix, and back by the mean where they overlap."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Patches:
    """The patches of ``size`` x ``size`` pixels, each ``step`` pixels, of pictures of one ``shape`` (H, W).

    The last row and column of patches end at the border, whatever the step; smaller pictures are reflected.

    >>> patches = Patches((3, 5), size=2, step=2)
    >>> picture = np.arange(15.0).reshape(3, 5)
    >>> patches.split(picture).shape
    (4, 6)
    >>> bool((patches.join(patches.split(picture)) == picture).all())
    True
    """

    def __init__(self, shape: tuple[int, int], size: int, step: int = 1) -> None:
        if not 1 <= step <= size:
            raise ValueError(f"step is {step}: give 1 to the patch size {size}, or pixels would stay uncovered")
        self.shape, self.size = shape, size
        self.padding = [(0, max(0, size - length)) for length in shape]
        self.rows, self.columns = (_starts(max(length, size), size, step) for length in shape)

    @property
    def grid(self) -> tuple[int, int]:
        """How many patches: down, across."""
        return len(self.rows), len(self.columns)

    def split(self, picture: np.ndarray) -> np.ndarray:
        """(H, W) to (size * size, N): a column a patch, both in row order."""
        padded = np.pad(picture, self.padding, "symmetric")
        windows = sliding_window_view(padded, (self.size, self.size))[np.ix_(self.rows, self.columns)]
        return windows.transpose(2, 3, 0, 1).reshape(self.size**2, -1)

    def join(self, columns: np.ndarray, *, running: bool = False) -> np.ndarray:
        """(size * size, N) to (H, W): each pixel is the mean of the patches that hold it.

        ``running``: instead from 0 on, patch by patch, halfway from what is there to what the patch says.
        """
        shape = [length + after for length, (_, after) in zip(self.shape, self.padding, strict=True)]
        total, count = np.zeros(shape), np.zeros(shape)
        planes = columns.reshape(self.size, self.size, *self.grid)
        for y in reversed(range(self.size)):
            for x in reversed(range(self.size)):
                place = np.ix_(self.rows + y, self.columns + x)
                if running:
                    total[place], count[place] = (total[place] + planes[y, x]) / 2, 1
                else:
                    total[place], count[place] = total[place] + planes[y, x], count[place] + 1
        return (total / count)[: self.shape[0], : self.shape[1]]


def _starts(length: int, size: int, step: int) -> np.ndarray:
    starts = np.arange(0, length - size + 1, step)
    return starts if starts[-1] == length - size else np.append(starts, length - size)
