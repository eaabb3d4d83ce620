"""A network as a plain list of layers, written once and read by everything that needs it.

PyTorch trains it (`network.module`), NumPy folds and runs it (`engine.fold`, `engine.layers`), ONNX exports it
(`engine.to_onnx`) and `network.count` counts it. Every convolution is 'valid'; where branches of different depth meet,
the larger is cropped to the centre, so the picture is padded once, at the input, by `Graph.margin`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Layer:
    """One operation: input, conv, norm, relu, shuffle, pool, upsample, crop, add, concat or output."""

    op: str
    inputs: tuple[int, ...]
    """Positions of the layers whose results it takes."""
    channels: int
    """Channels of its result."""
    stride: int
    """Pixels of the input picture that one step in its result spans."""
    lost: int
    """Input pixels that valid convolutions have taken off its height and width, both sides together."""
    name: str = ""
    """Where its weights stand in the state dict; empty without weights."""
    kernel: int = 1
    groups: int = 1
    bias: bool = False
    amount: int = 0
    """crop: pixels off each side. pool: the step."""


@dataclass
class Graph:
    """Layers in the order in which they run; each method adds one and returns its position."""

    layers: list[Layer] = field(default_factory=list)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, position: int) -> Layer:
        return self.layers[position]

    @property
    def margin(self) -> int:
        """Pixels of padding that each side of the input needs for a result of the picture's size."""
        return self.layers[-1].lost // 2

    @property
    def multiple(self) -> int:
        """What height and width must be divisible by (8 for three poolings, else 1)."""
        return max(layer.stride for layer in self.layers)

    def add_layer(self, op: str, *inputs: int, **settings: Any) -> int:
        """Add any layer; what is not given is taken over from the first input."""
        if inputs:
            before = self.layers[inputs[0]]
            settings = {"channels": before.channels, "stride": before.stride, "lost": before.lost} | settings
        self.layers.append(Layer(op, inputs, **settings))
        return len(self.layers) - 1

    def input(self, channels: int) -> int:
        return self.add_layer("input", channels=channels, stride=1, lost=0)

    def conv(
        self, x: int, name: str, channels: int, kernel: int, *, groups=1, bias=False, norm=False, relu=False
    ) -> int:
        """A valid convolution, batch-normalised and rectified where asked."""
        lost = self[x].lost + (kernel - 1) * self[x].stride
        x = self.add_layer("conv", x, name=name, channels=channels, kernel=kernel, groups=groups, bias=bias, lost=lost)
        if norm:
            x = self.add_layer("norm", x, name=f"{name}_norm")
        return self.add_layer("relu", x) if relu else x

    def shuffle(self, x: int, groups: int) -> int:
        """Channel shuffle (Zhang et al. 2018, ShuffleNet): channel g * n + i goes to i * groups + g."""
        return self.add_layer("shuffle", x, groups=groups)

    def pool(self, x: int, kernel: int, step: int) -> int:
        """The largest of kernel x kernel neighbours, every `step` pixels."""
        lost = self[x].lost + (kernel - step) * self[x].stride
        return self.add_layer("pool", x, kernel=kernel, amount=step, stride=self[x].stride * step, lost=lost)

    def upsample(self, x: int) -> int:
        """Each pixel becomes 2 x 2 equal ones."""
        return self.add_layer("upsample", x, stride=self[x].stride // 2)

    def add(self, *inputs: int) -> int:
        return self.add_layer("add", *self._aligned(inputs))

    def concat(self, *inputs: int) -> int:
        channels = sum(self[x].channels for x in inputs)
        return self.add_layer("concat", *self._aligned(inputs), channels=channels)

    def output(self, x: int) -> int:
        """The last ReLU, its result clipped to [0, 1]."""
        return self.add_layer("output", x)

    def _aligned(self, inputs: tuple[int, ...]) -> list[int]:
        lost = max(self[x].lost for x in inputs)
        return [
            x
            if self[x].lost == lost
            else self.add_layer("crop", x, amount=(lost - self[x].lost) // (2 * self[x].stride), lost=lost)
            for x in inputs
        ]


def run(graph: Graph, operations, picture):
    """The graph's result for `picture`, with `operations` (an object with one method a kind of layer)."""
    last_use = {x: position for position, layer in enumerate(graph) for x in layer.inputs}
    results = {}
    for position, layer in enumerate(graph):
        if layer.op == "input":
            results[position] = picture
        else:
            results[position] = getattr(operations, layer.op)(layer, *(results[x] for x in layer.inputs))
        for x in layer.inputs:
            if last_use[x] == position:
                results.pop(x, None)
    return results[len(graph.layers) - 1]
