"""AE-Netv2-P: one small network on every level of a pyramid, so that it sees hundreds of pixels."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aefusion.network.levels import level_sizes
from aefusion.network.module import Network, pad


class PyramidNetwork(Network):
    """A network that fuses each level of the sources' pyramids, always with the same weights.

    The levels are those of Burt and Adelson (1983, The Laplacian pyramid as a compact image code): each half the size
    of the one above. Of what the network makes of a level, its Laplacian band is kept, and of the lowest level all;
    the bands together are the picture. The levels together have a third more pixels than the picture.
    """

    _composed: tuple[Tensor, Tensor] | None = None

    @property
    def margin(self) -> int:
        """0: each level is reflected at its own border."""
        return 0

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Fuse ``a`` and ``b``, float (N, 1, H, W) in [0, 1], into the same shape; not clipped in training mode."""
        return self.valid(a, b)

    def valid(self, a: Tensor, b: Tensor) -> Tensor:
        self._composed = None
        sizes = level_sizes(*a.shape[-2:])
        fused = [self._level(a, b)]
        for _ in sizes[1:]:
            a, b = reduced(a), reduced(b)
            fused.append(self._level(a, b))
        result = fused[-1]
        for level in reversed(fused[:-1]):
            height, width = level.shape[-2:]
            result = level + enlarged(result - reduced(level), height, width)
        return result if self.training else result.clamp(0, 1)

    def _compose(self, *where) -> tuple[Tensor, Tensor]:
        """As for one level, but once for all of them."""
        if self._composed is None:
            self._composed = super()._compose(*where)
        return self._composed

    def _level(self, a: Tensor, b: Tensor) -> Tensor:
        margin = self.graph.margin
        return super().valid(pad(a, margin, 1), pad(b, margin, 1)).float()


def reduced(x: Tensor) -> Tensor:
    """Half the size, (N, 1, H, W), after a binomial filter of 5 x 5: what OpenCV's pyrDown gives."""
    line = torch.tensor([1.0, 4, 6, 4, 1]).to(x) / 16
    x = pad(x, 2, 1)
    x = F.conv2d(x, line.view(1, 1, 5, 1), stride=(2, 1))
    return F.conv2d(x, line.view(1, 1, 1, 5), stride=(1, 2))


def enlarged(x: Tensor, height: int, width: int) -> Tensor:
    """Twice the size, smoothly, cut to (height, width): what OpenCV's pyrUp gives."""
    return doubled(doubled(x, height, -2), width, -1)


def doubled(x: Tensor, size: int, dim: int) -> Tensor:
    """Twice as long in one dimension; before the first pixel comes the second, after the last the last again."""
    last = x.shape[dim] - 1
    before, after = x.narrow(dim, min(1, last), 1), x.narrow(dim, last, 1)
    wide = torch.cat([before, x, after], dim)
    left, middle, right = (wide.narrow(dim, i, last + 1) for i in range(3))
    both = torch.stack([(left + 6 * middle + right) / 8, (middle + right) / 2], dim)
    shape = list(x.shape)
    shape[dim] = 2 * (last + 1)
    return both.reshape(shape).narrow(dim, 0, size)
