import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import PictureNorm, joined, set_loaded
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

MARGIN = 6


class FusionGAN(nn.Module):
    """The generator: five convolutions without padding; 925,633 parameters.

    Gray pictures (N, 1, H, W) in [-1, 1], infrared first; the result is the same.
    """

    def __init__(self):
        super().__init__()
        sizes = [(2, 256, 5), (256, 128, 5), (128, 64, 3), (64, 32, 3), (32, 1, 1)]
        for number, (inputs, outputs, size) in enumerate(sizes, 1):
            layer = nn.Sequential()
            layer.add_module("conv", nn.Conv2d(inputs, outputs, size))
            if number < 5:
                layer.add_module("norm", PictureNorm(outputs))
            self.add_module(f"layer{number}", layer)

    def forward(self, infrared: Tensor, visible: Tensor) -> Tensor:
        x = F.pad(joined(infrared, visible), [MARGIN] * 4, "replicate")
        *layers, last = self.children()
        for layer in layers:
            x = F.leaky_relu(layer(x), 0.2)
        return torch.tanh(last(x))


def fusiongan(
    a: np.ndarray,
    b: np.ndarray,
    *,
    loaded_norm: bool = False,
    as_reference: bool = False,
    weights: Weights | None = None,
) -> np.ndarray:
    """FusionGAN: a generator that keeps the brightness of the infrared picture and the gradients of the visible one.

    ``a``, ``b``: float32 (H, W) in [0, 1], visible and infrared. Its batch norms go by the statistics of the picture
    itself, so that each pixel depends on all others, and the authors' test does not load their trained scale and shift;
    ``loaded_norm`` does. ``as_reference``: the result stretched from its darkest to its brightest pixel, as the authors
    write it. ``weights``: the name of an installed set (see `aefusion weights`), a file, or a state dict. Returns
    float32 (H, W) in [0, 1].

    J. Ma, W. Yu, P. Liang, C. Li, J. Jiang, 2019, FusionGAN: a generative adversarial network for infrared and visible
    image fusion.
    """
    network = set_loaded(ready("fusiongan", FusionGAN, weights), loaded_norm)
    fused = run(network, 2 * b - 1, 2 * a - 1)[0]
    return stretch(fused) if as_reference else (fused + 1) / 2
