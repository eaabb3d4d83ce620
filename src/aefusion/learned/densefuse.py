import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import convolution, joined
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run
from aefusion.learned.stretch import stretch

REACH = 8


class DenseFuse(nn.Module):
    """An encoder with a dense block for each source, and a decoder; 74,193 parameters.

    Gray pictures (N, 1, H, W) in [0, 255]; the result is the same, of twice the brightness with the rule "sum".
    """

    def __init__(self):
        super().__init__()
        self.conv1_1 = convolution(1, 16)
        self.dense_block_conv1 = convolution(16, 16)
        self.dense_block_conv2 = convolution(32, 16)
        self.dense_block_conv3 = convolution(48, 16)
        self.conv2_1 = convolution(64, 64)
        self.conv2_2 = convolution(64, 32)
        self.conv2_3 = convolution(32, 16)
        self.conv2_4 = convolution(16, 1)
        self.rule = "sum"

    def encode(self, x: Tensor) -> Tensor:
        """64 maps of a picture; in the dense block the new maps come first."""
        x = F.relu(self.conv1_1(x))
        for layer in (self.dense_block_conv1, self.dense_block_conv2, self.dense_block_conv3):
            x = joined(F.relu(layer(x)), x)
        return x

    def decode(self, maps: Tensor) -> Tensor:
        """The picture of 64 maps."""
        for layer in (self.conv2_1, self.conv2_2, self.conv2_3):
            maps = F.relu(layer(maps))
        return self.conv2_4(maps)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        of_a, of_b = self.encode(a), self.encode(b)
        if self.rule == "sum":
            return self.decode(of_a + of_b)
        strong_a, strong_b = (maps.abs().sum(dim=1, keepdim=True) for maps in (of_a, of_b))
        share = (strong_a + 1e-12) / (strong_a + strong_b + 2e-12)
        return self.decode(share * of_a + (1 - share) * of_b)


def densefuse(
    a: np.ndarray, b: np.ndarray, *, rule: str = "sum", as_reference: bool = False, weights: Weights | None = None
) -> np.ndarray:
    """DenseFuse: an auto-encoder with a dense block, whose maps of both sources are added.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``rule``: "sum" of the maps, or "l1", each source by its share of the sum of
    magnitudes. The sum comes out twice as bright, and half of it is given; ``as_reference``: instead stretched from its
    darkest to its brightest pixel, as the authors write it. ``weights``: the name of an installed set (see
    `aefusion weights`), a file, or a state dict. Returns float32 (H, W) in [0, 1].

    H. Li, X. Wu, 2019, DenseFuse: a fusion approach to infrared and visible images.
    """
    if rule not in ("sum", "l1"):
        raise ValueError(f"rule is {rule!r}: give 'sum' or 'l1'")
    network = ready("densefuse", DenseFuse, weights)
    network.rule = rule
    fused = run(network, 255 * a, 255 * b, reach=REACH)[0]
    if as_reference:
        return stretch(fused)
    return np.clip(fused / (510 if rule == "sum" else 255), 0, 1)
