import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import convolution
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

REACH = 5


class DeepFuseHli(nn.Module):
    """Two layers for each source, the sum of their maps, three layers more; 18,817 parameters.

    Gray pictures (N, 1, H, W) in [0, 255]; the result is in a range of its own.
    """

    def __init__(self):
        super().__init__()
        self.conv1_1 = convolution(1, 16)
        self.conv1_2 = convolution(16, 32)
        self.conv2_1 = convolution(32, 32)
        self.conv2_2 = convolution(32, 16)
        self.conv2_3 = convolution(16, 1)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        x = sum(self.conv1_2(F.relu(self.conv1_1(x))) for x in (a, b))
        return self.conv2_3(F.relu(self.conv2_2(F.relu(self.conv2_1(x)))))


def deepfuse_hli(a: np.ndarray, b: np.ndarray, *, weights: Weights | None = None) -> np.ndarray:
    """DeepFuse as H. Li wrote it anew to compare DenseFuse with it, which is the one that Table V measured.

    ``a``, ``b``: float32 (H, W) in [0, 1]. The result is stretched from its darkest to its brightest pixel: its
    training leaves its brightness open. ``weights``: the name of an installed set (see `aefusion weights`), a file, or
    a state dict. Returns float32 (H, W) in [0, 1].

    After K. R. Prabhakar, V. S. Srikar, R. V. Babu, 2017, DeepFuse: a deep unsupervised approach for exposure fusion
    with extreme exposure image pairs.
    """
    return stretch(run(ready("deepfuse_hli", DeepFuseHli, weights), 255 * a, 255 * b, reach=REACH)[0])
