import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run

WIDTHS = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
"""The convolutions of VGG-16, a group for each scale."""
LEAST = 16


class Attention(nn.Module):
    """Each map times a share that the means of all maps give."""

    def __init__(self, maps: int):
        super().__init__()
        self.down, self.up = nn.Conv2d(maps, maps // 32, 1), nn.Conv2d(maps // 32, maps, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.up(F.relu(self.down(x.mean(dim=(2, 3), keepdim=True)))))


class AENet(nn.Module):
    """A reconstruction: VGG-16's trunk for each source, attention, the maximum, and a top-down path.

    16,493,615 parameters, where the paper has 16,493,555. Gray pictures (N, 1, H, W) in [0, 1], at least 16 pixels a
    side; the result is the same.
    """

    def __init__(self):
        super().__init__()
        self.trunk, self.attention, self.side, self.top_down = (nn.ModuleList() for _ in range(4))
        inputs = 3
        for widths in WIDTHS:
            group = nn.ModuleList()
            for width in widths:
                group.append(nn.Conv2d(inputs, width, 3, padding=1))
                inputs = width
            self.trunk.append(group)
            self.attention.append(Attention(inputs))
            self.side.append(nn.Conv2d(inputs, 128, 1))
            self.top_down.append(nn.ModuleList(nn.Conv2d(128, 128, 3, padding=1) for _ in range(2)))
        self.head1, self.head2 = nn.Conv2d(128, 64, 3, padding=1), nn.Conv2d(64, 1, 3, padding=1)

    def scales(self, x: Tensor) -> list[Tensor]:
        """Maps of a picture at five scales."""
        x, found = x.expand(-1, 3, -1, -1), []
        for group, attention in zip(self.trunk, self.attention, strict=True):
            x = F.max_pool2d(x, 2) if found else x
            for convolution in group:  # pyright: ignore[reportGeneralTypeIssues]
                x = F.relu(convolution(x))
            found.append(attention(x))
        return found

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        above: Tensor | None = None
        pairs = list(zip(self.scales(a), self.scales(b), strict=True))
        for pair, side, layers in reversed(list(zip(pairs, self.side, self.top_down, strict=True))):
            x = side(torch.maximum(*pair))
            if above is not None:
                x = x + F.interpolate(above, size=x.shape[2:], mode="nearest")
            for convolution in layers:  # pyright: ignore[reportGeneralTypeIssues]
                x = F.relu(convolution(x))
            above = x
        assert above is not None
        return torch.sigmoid(self.head2(F.relu(self.head1(above))))


def aenet(a: np.ndarray, b: np.ndarray, *, weights: Weights | None = None) -> np.ndarray:
    """AE-Net (reconstruction): a network with VGG-16's trunk, trained towards the optimal solutions of a library.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``weights``: the name of an installed set (see `aefusion weights`), a file,
    or a state dict. Returns float32 (H, W) in [0, 1].

    Neither code nor weights were published. Known are the trunk, the 16,493,555 parameters (here 16,493,615) and the
    175,053,109,504 FLOPs (here 0.14 % more); the layers are ours, and its results are not the paper's.

    After A. Fang, X. Zhao, J. Yang, Y. Zhang, 2020, AE-Net: autonomous evolution image fusion method inspired by human
    cognitive mechanism.
    """
    return run(ready("aenet", AENet, weights), a, b, least=LEAST)[0]
