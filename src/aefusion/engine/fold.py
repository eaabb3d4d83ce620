from dataclasses import replace

import numpy as np

from aefusion.engine.layers import Layers
from aefusion.engine.live import live
from aefusion.engine.trained import Trained
from aefusion.network.graph import Graph
from aefusion.network.tail import linear_tail


def fold(trained: Trained) -> Trained:
    """The same network with far fewer operations, its weights float32; its picture differs by rounding only.

    - Three equal gray channels become one: the weights of the first convolution are summed in threes.
    - Batch norm goes into the convolution before it.
    - Linear layers at the end become one convolution: for AE-Netv2 the group convolution, the channel shuffle, the hop
      and C2 are one 5x5 from 64 maps to 1. So do the blocks Separable and, in AE-Netv2++, GCB (3x3). The other blocks
      have an activation inside; they keep their layers.
    - Maps that are idle for sources in [0, 1] are left out: see `live`.

    A network that is folded already is given back as it is.
    """
    return trained if trained.folded else live(merge_layers(trained))


def merge_layers(trained: Trained) -> Trained:
    """`fold` without its last step: every map of the network is still there, whatever the weights are."""
    if trained.folded:
        return trained
    graph, weights = trained.graph, {name: array.astype(np.float64) for name, array in trained.weights.items()}
    start, tail, end = linear_tail(graph)
    folded, kept, where = Graph(), {}, {}
    called = {x: "c1" if graph[x - 1].op == "input" else layer.name for x, layer in enumerate(graph)}
    for position, layer in enumerate(graph):
        inputs = [where[x] for x in layer.inputs if x in where]
        if layer.op == "input":
            where[position] = folded.input(layer.channels // 3)
        elif position in tail:
            if position == end:
                kept["c2.weight"], kept["c2.bias"] = compose(graph, weights, start, tail)
                where[position] = folded.conv(where[start], "c2", 1, kept["c2.weight"].shape[-1], bias=True)
        elif layer.op == "conv":
            weight = weights[f"{layer.name}.weight"]
            if graph[layer.inputs[0]].op == "input":
                o, i, k, _ = weight.shape
                weight = weight.reshape(o, i // 3, 3, k, k).sum(2)
            kept[f"{called[position]}.weight"] = weight
            kept[f"{called[position]}.bias"] = weights[f"{layer.name}.bias"] if layer.bias else np.zeros(layer.channels)
            where[position] = folded.conv(
                inputs[0], called[position], layer.channels, layer.kernel, groups=layer.groups, bias=True
            )
        elif layer.op == "norm":
            scale, shift = Layers(weights).norm_scale(layer)
            conv = called[layer.inputs[0]]
            kept[f"{conv}.weight"] = kept[f"{conv}.weight"] * scale[:, None, None, None]
            kept[f"{conv}.bias"] = kept[f"{conv}.bias"] * scale + shift
            where[position] = inputs[0]
        else:
            folded.layers.append(replace(layer, inputs=tuple(inputs)))
            where[position] = len(folded.layers) - 1
    kept = {name: array.astype(np.float32) for name, array in kept.items()}
    return ungroup(replace(trained, graph=folded, weights=kept, folded=True))


def compose(graph: Graph, weights: dict[str, np.ndarray], start: int, tail: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias of the one convolution that linear layers amount to: their answers to an impulse a channel."""
    channels = graph[start].channels
    reach = (graph[tail[-1]].lost - graph[start].lost) // 2
    impulses = np.zeros((channels + 1, channels, 4 * reach + 1, 4 * reach + 1))
    impulses[range(channels), range(channels), 2 * reach, 2 * reach] = 1
    values, operations = {start: impulses}, Layers(weights)
    for position in tail:
        layer = graph[position]
        values[position] = getattr(operations, layer.op)(layer, *(values[x] for x in layer.inputs))
    answers = values[tail[-1]]
    constant = answers[-1]
    weight = (answers[:-1] - constant)[..., ::-1, ::-1].swapaxes(0, 1)
    return weight, constant[:, 0, 0]


def ungroup(folded: Trained) -> Trained:
    """Write a first convolution in two groups (AE-Netv2++) as one without: the kernel knows no groups."""
    first = folded.graph[1]
    if first.groups == 1 or not folded.two_layers:
        return folded
    weight = folded.weights["c1.weight"]
    whole = np.zeros((first.channels, first.groups, *weight.shape[2:]), np.float32)
    for group in range(first.groups):
        rows = slice(group * first.channels // first.groups, (group + 1) * first.channels // first.groups)
        whole[rows, group : group + 1] = weight[rows]
    folded.graph.layers[1] = replace(first, groups=1)
    return replace(folded, weights=folded.weights | {"c1.weight": whole})
