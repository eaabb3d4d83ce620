"""Maps that work: which of a network's maps are silent, and how they are woken.

A map is one channel behind an activation. It is silent on some pictures if it is nowhere above zero: it adds nothing
to the result, and no gradient ever reaches its weights.
"""

from typing import Any

import torch
from torch import Tensor, nn

from aefusion.network.graph import Layer, run
from aefusion.network.module import Network

FIRES = 0.5
"""How much of the pictures a woken map answers to."""
SOFTLY = 0.05
"""The deviation of a map that is woken during training: its old weights in later layers must not be heard at once."""


class Watch:
    """Keeps the largest value that each map of a network takes before its activation, while the network runs.

    >>> from aefusion.network import MODELS
    >>> watch = Watch(MODELS["aenetv2"].network())
    >>> a, b = torch.rand(2, 1, 1, 20, 20)
    >>> _ = watch.network(a, b)
    >>> {name: values.shape for name, values in watch.largest.items()}
    {'c1': torch.Size([64])}
    """

    def __init__(self, network: Network):
        self.network = network
        self.largest: dict[str, Tensor] = {}
        self._names = {layer.inputs: rectified(network, layer) for layer in network.graph if layer.op == "relu"}
        network.relu = self._relu  # `run` calls the operations by name

    def _relu(self, layer: Layer, x: Tensor) -> Tensor:
        name = self._names[layer.inputs]
        now = x.detach().float().amax((0, 2, 3))
        self.largest[name] = torch.maximum(self.largest[name], now) if name in self.largest else now
        return type(self.network).relu(self.network, layer, x)

    def silent(self) -> dict[str, Tensor]:
        """For each convolution before an activation, which of its maps were never above zero: bool (channels,)."""
        return {name: largest <= 0 for name, largest in self.largest.items()}

    def counts(self) -> dict[str, int]:
        """How many they are of each."""
        return {name: int(silent.sum()) for name, silent in self.silent().items()}

    def forget(self) -> None:
        """Begin anew."""
        self.largest.clear()


def rectified(network: Network, relu: Layer) -> str:
    """The name of the convolution whose result an activation rectifies."""
    layer = network.graph[relu.inputs[0]]
    while layer.op != "conv":
        layer = network.graph[layer.inputs[0]]
    return layer.name


@torch.no_grad()
def wake(
    network: Network,
    a: Tensor,
    b: Tensor,
    which: dict[str, Tensor] | None = None,
    *,
    deviation: float = 1.0,
    draw: torch.Generator | None = None,
) -> None:
    """Set maps to the data, so that each is above zero on a share `FIRES` of the pictures and has that deviation.

    `a`, `b`: float (N, 1, H, W) in [0, 1], with the network's margin or without. `which`: bool (channels,) for some of
    the convolutions that an activation follows; by default all maps of those without a norm, since `calibrate` sees
    to the others. With `draw` their weights are drawn anew first.
    """
    graph = network.graph
    convs = [rectified(network, layer) for layer in graph if layer.op == "relu"]
    names = [layer.name for layer in graph if layer.op == "conv" and layer.name in convs]
    if which is None:
        which = {
            name: torch.ones(len(weight(network, name)), dtype=torch.bool) for name in names if unnormed(network, name)
        }
    for name in names:
        rows = which.get(name)
        if rows is None or not rows.any():
            continue
        rows = rows.to(a.device)
        w = weight(network, name)
        if draw is not None:
            fresh = torch.randn(w.shape, generator=draw).to(w)
            w[rows] = fresh[rows] / w[0].numel() ** 0.5
        target = bias(network, name)
        target[rows] = 0
        norm = None if unnormed(network, name) else network.get_submodule(f"{name}_norm")
        if norm is not None:
            assert isinstance(norm, nn.BatchNorm2d)
            assert isinstance(norm.running_mean, Tensor) and isinstance(norm.running_var, Tensor)
            norm.running_mean[rows], norm.running_var[rows], norm.weight[rows] = 0.0, 1.0, 1.0
        seen = answers(network, name, a, b)[:, rows]
        values = seen.transpose(0, 1).flatten(1)
        spread = values.std(1).clamp_min(1e-6)
        values = values[:, :: max(1, values.shape[1] // 100_000)]
        factor = deviation / spread
        threshold = values.quantile(1 - FIRES, dim=1)
        w[rows] *= factor[:, None, None, None]
        target[rows] = -threshold * factor


def unnormed(network: Network, name: str) -> bool:
    """Whether no batch norm follows a convolution."""
    return not any(layer.op == "norm" and layer.name == f"{name}_norm" for layer in network.graph)


def weight(network: Network, name: str) -> Tensor:
    return dict(network.named_parameters())[f"{name}.weight"]


def bias(network: Network, name: str) -> Tensor:
    """What is added to a convolution's maps: its own bias, or that of its norm."""
    return dict(network.named_parameters())[f"{name}.bias" if unnormed(network, name) else f"{name}_norm.bias"]


def answers(network: Network, name: str, a: Tensor, b: Tensor) -> Tensor:
    """What a convolution, with its norm where it has one, gives for these pictures: (N, channels, h, w)."""
    kept: list[Tensor] = []
    module = network.get_submodule(name if unnormed(network, name) else f"{name}_norm")

    def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
        kept.append(output)

    hook = module.register_forward_hook(keep)
    run(network.graph, network, network._input(a, b))
    hook.remove()
    return kept[0]
