import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import convolution, joined
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run

REACH = 10


class U2Fusion(nn.Module):
    """Both sources as two channels, a dense block, four layers more; 659,217 parameters.

    Gray pictures (N, 1, H, W) in [0, 1]; the result is the same.
    """

    def __init__(self):
        super().__init__()
        self.conv1_1 = convolution(2, 44)
        for number in range(1, 6):
            self.add_module(f"dense_block_conv{number}", convolution(44 * number, 44))
        widths = [264, 128, 64, 32, 1]
        for number in range(1, 5):
            self.add_module(f"conv2_{number}", convolution(widths[number - 1], widths[number]))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        x = F.leaky_relu(self.conv1_1(joined(a, b)), 0.2)
        for number in range(1, 6):
            x = joined(F.leaky_relu(self.get_submodule(f"dense_block_conv{number}")(x), 0.2), x)
        for number in range(1, 4):
            x = F.leaky_relu(self.get_submodule(f"conv2_{number}")(x), 0.2)
        return torch.tanh(self.get_submodule("conv2_4")(x)) / 2 + 0.5


def u2fusion(a: np.ndarray, b: np.ndarray, *, as_reference: bool = False, weights: Weights | None = None) -> np.ndarray:
    """U2Fusion: one dense network for several tasks, trained to keep what is informative in each source.

    ``a``, ``b``: float32 (H, W) in [0, 1]: visible and infrared, over- and under-exposed, far and near focus.
    ``as_reference``: divided by its brightest pixel, as the authors write it. ``weights``: the name of an installed set
    (see `aefusion weights`), a file, or a state dict. Returns float32 (H, W) in [0, 1].

    H. Xu, J. Ma, J. Jiang, X. Guo, H. Ling, 2020, U2Fusion: a unified unsupervised image fusion network.
    """
    fused = run(ready("u2fusion", U2Fusion, weights), a, b, reach=REACH)[0]
    return fused / max(float(fused.max()), 1e-12) if as_reference else fused
