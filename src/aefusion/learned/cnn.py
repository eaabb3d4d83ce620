"""The siamese network of CNN_IV and CNN_MF: which of two sources each place should come from."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import joined
from aefusion.learned.run import run

WINDOW, STEP = 16, 2


class CNN(nn.Module):
    """Three convolutions for each source, then one of 8x8 pixels and two maps; 435,202 parameters.

    ``large``: with 256 maps more in between; 8,759,042 parameters. Gray pictures (N, 1, H, W) in [0, 1], at least 16
    pixels a side; the result is (N, 1, h, w): the probability that a window of 16x16 pixels should come from the first,
    a window every two pixels.
    """

    def __init__(self, large: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, 3, padding=1)
        self.conv2 = nn.Conv2d(64, 128, 3, padding=1)
        self.conv3 = nn.Conv2d(128, 256, 3, padding=1)
        if large:
            self.feature = nn.Conv2d(512, 256, 8)
        self.output = nn.Conv2d(256, 2, 1) if large else nn.Conv2d(512, 2, 8)

    def features(self, x: Tensor) -> Tensor:
        """256 maps of half the size of a picture."""
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = F.pad(x, [0, x.shape[3] % 2, 0, x.shape[2] % 2])
        return F.relu(self.conv3(F.max_pool2d(x, 2)))

    def logits(self, first: Tensor, second: Tensor) -> Tensor:
        """(N, 2, h, w): for the second, and for the first."""
        maps = joined(self.features(first), self.features(second))
        return self.output(self.feature(maps) if hasattr(self, "feature") else maps)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return torch.softmax(self.logits(first, second), dim=1)[:, 1:]


def weight_map(network: CNN, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The weight of the first picture at each pixel, float32 (H, W): the mean of the windows that it lies in.

    ``first``, ``second``: float32 (H, W) in [0, 1].
    """
    scores = torch.from_numpy(np.ascontiguousarray(_scores(network, first, second)))[None, None]
    ones = torch.ones(1, 1, WINDOW, WINDOW)
    total, count = (F.conv_transpose2d(x, ones, stride=STEP)[0, 0] for x in (scores, torch.ones_like(scores)))
    return (total / count)[: first.shape[0], : first.shape[1]].numpy()


def _scores(network: CNN, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The probabilities of all windows, float32 (h, w)."""
    margin = [(0, max(0, WINDOW - length)) for length in first.shape]
    return run(network, *(np.pad(x, margin, "edge") for x in (first, second)))[0]
