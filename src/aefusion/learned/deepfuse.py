import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import convolution
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

SIZES = [(1, 32, 3), (32, 64, 5), (64, 64, 7), (64, 32, 5), (32, 16, 5), (16, 1, 7)]
SLOPE = 0.01
REACH = 13


class DeepFuse(nn.Module):
    """Two layers for each source, the sum of their maps, four layers more, none with a bias; 316,976 parameters.

    Luminances (N, 1, H, W) from 16 to 235; the result is in a range of its own.
    """

    def __init__(self):
        super().__init__()
        for number, (inputs, outputs, size) in enumerate(SIZES, 1):
            self.add_module(f"conv{number}", convolution(inputs, outputs, size, "zeros", bias=False))

    def _layers(self, x: Tensor, numbers: range) -> Tensor:
        for number in numbers:
            x = F.leaky_relu(self.get_submodule(f"conv{number}")(x), SLOPE)
        return x

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return self._layers(self._layers(a, range(1, 3)) + self._layers(b, range(1, 3)), range(3, 7))


def deepfuse(
    a: np.ndarray,
    b: np.ndarray,
    *,
    outside: float = 0.01,
    as_reference: bool = False,
    weights: Weights | None = None,
) -> np.ndarray:
    """DeepFuse, of its authors: six convolutions, trained without a reference towards the MEF-SSIM of exposures.

    ``a``, ``b``: float32 (H, W) in [0, 1], under- and over-exposed. What comes out is in a range of its own and is
    stretched; ``outside``: the share of the pixels that is clipped at either end, as the authors do it. They give the
    network whole gray levels from 16 to 235; ``as_reference`` does. ``weights``: the name of an installed set (see
    `aefusion weights`), a file, or a state dict. Returns float32 (H, W) in [0, 1].

    The DeepFuse of other tables, of DenseFuse's authors, is `deepfuse_hli`.

    K. R. Prabhakar, V. S. Srikar, R. V. Babu, 2017, DeepFuse: a deep unsupervised approach for exposure fusion with
    extreme exposure image pairs.
    """
    if not 0 <= outside < 0.5:
        raise ValueError(f"outside is {outside}: give a share from 0 to below 0.5")
    luminances = [16 + 219 * x for x in (a, b)]
    if as_reference:
        luminances = [np.floor(x + 0.5) for x in luminances]
    return stretch(run(ready("deepfuse", DeepFuse, weights), *luminances, reach=REACH)[0], outside)
