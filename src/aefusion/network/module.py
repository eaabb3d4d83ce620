"""A graph of layers as a PyTorch module: for training, and as the reference for every other form."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aefusion.network.graph import Graph, Layer, run
from aefusion.network.tail import linear_tail


class Network(nn.Module):
    """A network of the family.

    Parameters
    ----------
    graph: the layers, e.g. ``MODELS["aenetv2"].graph()``.
    fast: compute the same function with fewer operations, gradients included: the three equal gray channels as one,
        each batch norm as part of the convolution before it, and all that follows the last non-linear layer (for
        AE-Netv2 the group convolution, the shuffle, the hop and C2) as the one convolution that it amounts to. Several
        times faster to train on a CPU.

    Batch norm always works with its stored statistics, which `calibrate` sets once: with the statistics of each batch,
    C2's norm would remove the batch's brightness and contrast, the very things that a fused picture has to keep.
    """

    slope = 0.0
    """What the activations let through of numbers below 0: more than nothing in the first part of some trainings, so
    that maps that are silent go on learning."""

    def __init__(self, graph: Graph, *, fast: bool = False):
        super().__init__()
        self.graph, self.fast = graph, fast
        for layer in graph:
            if layer.op == "conv":
                inputs = graph[layer.inputs[0]].channels
                conv = nn.Conv2d(inputs, layer.channels, layer.kernel, groups=layer.groups, bias=layer.bias)
                self.add_module(layer.name, conv)
            elif layer.op == "norm":
                self.add_module(layer.name, nn.BatchNorm2d(layer.channels))

    @property
    def margin(self) -> int:
        """Pixels that `valid` takes off each side."""
        return self.graph.margin

    def train(self, mode: bool = True):
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    @torch.no_grad()
    def calibrate(self, a: Tensor, b: Tensor) -> None:
        """Set the statistics of all batch norms to those of these pictures, float (N, 1, H, W)."""
        norms = [module for module in self.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = 1.0
            norm.train()
        run(self.graph, self, self._input(a, b))
        for norm in norms:
            norm.momentum = 0.1
            norm.eval()

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Fuse ``a`` and ``b``, float (N, 1, H, W) in [0, 1], into the same shape.

        In training mode the result is not clipped, so that pixels outside [0, 1] have a gradient too: where all fall
        below 0, as they easily do in the first steps, the last ReLU would never let them return.
        """
        return self.valid(*(pad(x, self.graph.margin, self.graph.multiple) for x in (a, b)))[
            ..., : a.shape[-2], : a.shape[-1]
        ]

    def valid(self, a: Tensor, b: Tensor) -> Tensor:
        """The same for pictures that bring their own margin: (N, 1, H + 2 margin, W + 2 margin) to (N, 1, H, W)."""
        if not self.fast:
            return run(self.graph, self, self._input(a, b))
        start, tail, end = linear_tail(self.graph)
        results: dict[int, Tensor] = {}
        for position, layer in enumerate(self.graph):
            if position in tail:
                continue
            if layer.op == "input":
                results[position] = torch.cat([a, b], dim=1).contiguous(memory_format=torch.channels_last)
            elif layer.op == "conv":
                results[position] = self._normed(layer, results[layer.inputs[0]], position)
            elif layer.op == "norm":
                results[position] = results.pop(layer.inputs[0])
            elif layer.inputs[0] == end:
                f = results[start]
                weight, bias = self._compose(start, tail, f)
                results[position] = getattr(self, layer.op)(layer, F.conv2d(f, weight, bias))
            else:
                results[position] = getattr(self, layer.op)(layer, *(results[x] for x in layer.inputs))
        return results[len(self.graph.layers) - 1]

    def _input(self, a: Tensor, b: Tensor) -> Tensor:
        """Both pictures as the graph takes them: each three times, or once where it is folded."""
        copies = self.graph[0].channels // 2
        return torch.cat([a] * copies + [b] * copies, dim=1)

    def _normed(self, layer: Layer, x: Tensor, position: int) -> Tensor:
        """A convolution together with the batch norm that follows it, if one does: both are linear."""
        conv = self.get_submodule(layer.name)
        assert isinstance(conv, nn.Conv2d)
        weight = gray_weights(conv.weight) if self.graph[layer.inputs[0]].op == "input" else conv.weight
        bias, following = conv.bias, self.graph[position + 1]
        if following.op == "norm" and following.inputs == (position,):
            norm = self.get_submodule(following.name)
            assert isinstance(norm, nn.BatchNorm2d)
            assert isinstance(norm.running_mean, Tensor) and isinstance(norm.running_var, Tensor)
            scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
            weight = weight * scale[:, None, None, None]
            bias = norm.bias + ((0 if bias is None else bias) - norm.running_mean) * scale
        return F.conv2d(x, weight, bias, groups=layer.groups)

    def _compose(self, start: int, tail: list[int], f: Tensor) -> tuple[Tensor, Tensor]:
        """The convolution that the linear tail amounts to, from its answers to an impulse in each channel."""
        channels = self.graph[start].channels
        reach = (self.graph[tail[-1]].lost - self.graph[start].lost) // 2
        dtype = next(self.parameters()).dtype
        impulses = torch.zeros(channels + 1, channels, 4 * reach + 1, 4 * reach + 1, dtype=dtype, device=f.device)
        impulses[range(channels), range(channels), 2 * reach, 2 * reach] = 1
        values = {start: impulses}
        with torch.autocast(f.device.type, enabled=False):
            for position in tail:
                layer = self.graph[position]
                values[position] = getattr(self, layer.op)(layer, *(values[x] for x in layer.inputs))
        answer = values[tail[-1]]
        constant = answer[-1:]
        weight = (answer[:-1] - constant).flip(-2, -1).transpose(0, 1)
        return weight, constant[0, :, 0, 0]

    # One method a kind of layer; `run` calls them by name.

    def conv(self, layer, x):
        return self.get_submodule(layer.name)(x)

    def norm(self, layer, x):
        return self.get_submodule(layer.name)(x)

    def relu(self, layer, x):
        return F.leaky_relu(x, self.slope) if self.slope else F.relu(x)

    def output(self, layer, x):
        return x if self.training else x.clamp(0, 1)

    def shuffle(self, layer, x):
        return F.channel_shuffle(x, layer.groups)

    def pool(self, layer, x):
        return F.max_pool2d(x, layer.kernel, layer.amount)

    def upsample(self, layer, x):
        return F.interpolate(x, scale_factor=2, mode="nearest")

    def crop(self, layer, x):
        n = layer.amount
        return x[..., n:-n, n:-n]

    def add(self, layer, *xs):
        return sum(xs[1:], xs[0])

    def concat(self, layer, *xs):
        return torch.cat(xs, dim=1)


def gray_weights(weight: Tensor) -> Tensor:
    """Weights for one channel a picture, from those for three equal ones: (O, 3 i, k, k) to (O, i, k, k)."""
    o, i, k, _ = weight.shape
    return weight.view(o, i // 3, 3, k, k).sum(2)


def pad(x: Tensor, margin: int, multiple: int) -> Tensor:
    """Reflect ``x`` (N, C, H, W) by `margin` on each side, and further below and right up to the next multiple."""

    def reflected(size: int) -> Tensor:
        period = max(2 * (size - 1), 1)
        position = torch.arange(-margin, size + margin + -size % multiple, device=x.device) % period
        return torch.minimum(position, period - position) if size > 1 else torch.zeros_like(position)

    return x[:, :, reflected(x.shape[-2])][:, :, :, reflected(x.shape[-1])]
