"""The AE-Netv2 family: the networks, their replaceable blocks, and how many parameters and FLOPs they have.

The words for a network, here and everywhere:

- A `Model` is a network of the family: a row of MODELS.
- Its `Graph` is the list of its layers (`network.graph`).
- A `Network` is that graph as a PyTorch module, which is trained (`network.module`, the only place that needs PyTorch
  beside `network.pyramid`).
- `Trained` is the graph with weights (`engine.trained`). `engine.fold` makes a smaller one of it that gives the same
  picture, and an engine runs that.

To add a network, write a function that builds its graph in `network.models`, or a block in `network.blocks`, and add a
row to MODELS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aefusion.network import blocks
from aefusion.network.count import Cost, count, shapes
from aefusion.network.graph import Graph
from aefusion.network.levels import level_sizes
from aefusion.network.models import aenetv2, aenetv2_m, aenetv2_plusplus

__all__ = ["MODELS", "Graph", "Model", "count", "shapes"]


@dataclass(frozen=True)
class Model:
    """One network of the family."""

    name: str
    """What it is called in commands and in files."""
    title: str
    """What tables call it."""
    build: Callable[[], Graph]
    """Gives its layers."""
    paper: str
    """Where the paper has it."""
    pyramid: bool = False
    """Applied to each level of a Laplacian pyramid instead of the picture."""

    def graph(self) -> Graph:
        """Its layers, anew at each call."""
        return self.build()

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The name and shape of every array of its weights."""
        return shapes(self.build())

    def cost(self, height: int = 400, width: int = 400) -> Cost:
        """Parameters, and FLOPs for a picture of `height` x `width`: see `count`."""
        sizes = level_sizes(height, width) if self.pyramid else [(height, width)]
        costs = [count(self.build(), *size) for size in sizes]
        return Cost(costs[0].parameters, sum(cost.flops for cost in costs))

    def network(self, *, fast: bool = False):
        """As a PyTorch module."""
        from aefusion.network.module import Network
        from aefusion.network.pyramid import PyramidNetwork

        return (PyramidNetwork if self.pyramid else Network)(self.build(), fast=fast)


MODELS: dict[str, Model] = {
    model.name: model
    for model in [
        Model("aenetv2", "AE-Netv2 (R = GCB)", aenetv2, "tables V to VII"),
        Model("aenetv2-plus", "AE-Netv2+ (R = Regular)", partial(aenetv2, blocks.regular), "tables VI, VII"),
        Model("aenetv2-plusplus", "AE-Netv2++", aenetv2_plusplus, "table VI"),
        Model("aenetv2-separable", "R = Separable", partial(aenetv2, blocks.separable), "table VII"),
        Model("aenetv2-squeeze", "R = Squeeze", partial(aenetv2, blocks.squeeze), "table VII"),
        Model("aenetv2-inception", "R = Inception", partial(aenetv2, blocks.inception, hop=False), "table VII"),
        Model("aenetv2-gcb-inception", "R = GCB+Inception", partial(aenetv2, blocks.gcb_inception), "table VII"),
        Model("aenetv2-squeeze-gcb", "R = Squeeze+GCB", partial(aenetv2, blocks.squeeze_gcb), "table VII"),
        Model("aenetv2-squeeze2-gcb", "R = Squeeze2+GCB", partial(aenetv2, blocks.squeeze2_gcb), "table VII"),
        Model("aenetv2-p", "AE-Netv2-P (on a pyramid)", aenetv2, "ours", pyramid=True),
        Model("aenetv2-plus-p", "AE-Netv2+-P (on a pyramid)", partial(aenetv2, blocks.regular), "ours", pyramid=True),
        Model(
            "aenetv2-squeeze-gcb-p",
            "R = Squeeze+GCB (on a pyramid)",
            partial(aenetv2, blocks.squeeze_gcb),
            "ours",
            pyramid=True,
        ),
        Model(
            "aenetv2-squeeze2-gcb-p",
            "R = Squeeze2+GCB (on a pyramid)",
            partial(aenetv2, blocks.squeeze2_gcb),
            "ours",
            pyramid=True,
        ),
        Model("aenetv2-m", "AE-Netv2-M (pooling)", aenetv2_m, "table V, figure 3"),
    ]
}
