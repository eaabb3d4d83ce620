import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import PictureNorm, convolution, joined, set_loaded
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

LAYERS = {"layer1": (3, 5), "layer2": (16, 3), "layer2_3": (32, 1), "layer3": (48, 3), "layer3_4": (32, 1),
          "layer4": (64, 3)}  # fmt: skip
"""Channels in and size of each layer of a path; all have 16 channels out."""


class PMGI(nn.Module):
    """A path for gradients and one for intensity, which exchange their maps twice; 42,017 parameters.

    Gray pictures (N, 1, H, W) in [-1, 1], infrared first; the result is the same.
    """

    def __init__(self):
        super().__init__()
        for name, (inputs, size) in LAYERS.items():
            for path in ("", "_vi"):
                layer = nn.Sequential()
                layer.add_module("conv", convolution(inputs, 16, size, "zeros"))
                layer.add_module("norm", PictureNorm(16))
                self.add_module(name + path, layer)
        self.layer5 = nn.Sequential()
        self.layer5.add_module("conv", nn.Conv2d(128, 1, 1))

    def _layer(self, name: str, *maps: Tensor) -> Tensor:
        return F.leaky_relu(self.get_submodule(name)(joined(*maps)), 0.2)

    def forward(self, infrared: Tensor, visible: Tensor) -> Tensor:
        i1 = self._layer("layer1", infrared, infrared, visible)
        v1 = self._layer("layer1_vi", visible, visible, infrared)
        i2, v2 = self._layer("layer2", i1), self._layer("layer2_vi", v1)
        i23, v23 = self._layer("layer2_3", i2, v2), self._layer("layer2_3_vi", i2, v2)
        i3, v3 = self._layer("layer3", i1, i2, i23), self._layer("layer3_vi", v1, v2, v23)
        i34, v34 = self._layer("layer3_4", i3, v3), self._layer("layer3_4_vi", i3, v3)
        i4, v4 = self._layer("layer4", i1, i2, i3, i34), self._layer("layer4_vi", v1, v2, v3, v34)
        return torch.tanh(self.layer5(joined(i1, v1, i2, v2, i3, v3, i4, v4)))


def pmgi(
    a: np.ndarray,
    b: np.ndarray,
    *,
    loaded_norm: bool = False,
    as_reference: bool = False,
    weights: Weights | None = None,
) -> np.ndarray:
    """PMGI: two small paths that keep the proportion of gradient and of intensity.

    ``a``, ``b``: float32 (H, W) in [0, 1]: visible and infrared, two focus settings, under- and over-exposed, MRI and
    CT. Its batch norms go by the statistics of the picture itself, so that each pixel depends on all others, and the
    authors' test does not load their trained scale and shift; ``loaded_norm`` does. ``as_reference``: the result
    stretched from its darkest to its brightest pixel, as the authors write it. ``weights``: "ir_visible" (if not
    given), "multi_focus", "multi_exposure" or "medical", which are part of this package; a file, or a state dict.
    Returns float32 (H, W) in [0, 1].

    H. Zhang, H. Xu, Y. Xiao, X. Guo, J. Ma, 2020, Rethinking the image fusion: a fast unified image fusion network
    based on proportional maintenance of gradient and intensity.
    """
    network = set_loaded(ready("pmgi", PMGI, weights), loaded_norm)
    fused = run(network, 2 * b - 1, 2 * a - 1)[0]
    return stretch(fused) if as_reference else (fused + 1) / 2
