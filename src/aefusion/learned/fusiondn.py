import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import PictureNorm, convolution, joined
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

EPSILON = 1e-3


class FusionDN(nn.Module):
    """Both sources as two channels, four dense blocks of two layers, four layers more; 1,162,945 parameters.

    Gray pictures (N, 1, H, W) in [0, 1]; the result is the same.
    """

    def __init__(self):
        super().__init__()
        self.conv1_1 = self._layer(2, 48, PictureNorm)
        for number in range(1, 5):
            self.add_module(f"block{number}_conv1", self._layer(48 * number, 48, nn.BatchNorm2d))
            self.add_module(f"block{number}_conv2", self._layer(48, 48, nn.BatchNorm2d))
        self.conv2_1 = self._layer(240, 240, PictureNorm)
        self.conv2_2 = self._layer(240, 128, PictureNorm)
        self.conv2_3 = self._layer(128, 64, PictureNorm)
        self.conv2_4 = convolution(64, 1)

    @staticmethod
    def _layer(inputs: int, outputs: int, norm: type[nn.BatchNorm2d]) -> nn.Sequential:
        layer = nn.Sequential()
        layer.add_module("conv", convolution(inputs, outputs))
        layer.add_module("norm", norm(outputs, eps=EPSILON))
        return layer

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        x = F.relu(self.conv1_1(joined(a, b)))
        for number in range(1, 5):
            new = F.relu(self.get_submodule(f"block{number}_conv1")(x))
            x = joined(x, F.relu(self.get_submodule(f"block{number}_conv2")(new)))
        x = F.relu(self.conv2_1[0](x))  # the authors apply this layer twice, at first without its norm
        for layer in (self.conv2_1, self.conv2_2, self.conv2_3):
            x = F.relu(layer(x))
        return torch.tanh(self.conv2_4(x)) / 2 + 0.5


def fusiondn(a: np.ndarray, b: np.ndarray, *, as_reference: bool = False, weights: Weights | None = None) -> np.ndarray:
    """FusionDN: a dense network for several tasks, trained by the quality of each source.

    ``a``, ``b``: float32 (H, W) in [0, 1]: visible and infrared, over- and under-exposed, far and near focus. Most of
    its batch norms go by the statistics of the picture itself, so that each pixel depends on all others.
    ``as_reference``: the result stretched from its darkest to its brightest pixel, as the authors write it.
    ``weights``: the name of an installed set (see `aefusion weights`), a file, or a state dict. Returns float32 (H, W)
    in [0, 1].

    H. Xu, J. Ma, Z. Le, J. Jiang, X. Guo, 2020, FusionDN: a unified densely connected network for image fusion.
    """
    fused = run(ready("fusiondn", FusionDN, weights), a, b)[0]
    return stretch(fused) if as_reference else fused
