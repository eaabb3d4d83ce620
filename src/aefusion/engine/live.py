from dataclasses import replace

import numpy as np

from aefusion.engine.ranges import ranges
from aefusion.engine.trained import Trained

PASSED_ON = ("crop", "pool", "upsample", "concat")
"""Layers that do the same with every map, whatever the others are."""


def live(folded: Trained) -> Trained:
    """A folded network without maps that are idle for sources in [0, 1]; its picture differs by rounding only.

    - A map that its ReLU makes 0 everywhere, as the largest value before it is not above 0 (`ranges`), is dropped from
      its layer and from those that read it. One map is kept, at least. Maps that enter a sum, a shuffle or a
      convolution in groups stay: there, each has its place.
    - In a network of two layers, maps whose smallest value is not below 0 are linear. They amount to a convolution of
      the sources, for which a map of each pixel that they see is enough: where they are more, they become those.
    """
    graph, weights = folded.graph, dict(folded.weights)
    if folded.two_layers:
        weights |= merged(*(weights[name] for name in ("c1.weight", "c1.bias", "c2.weight", "c2.bias")))
        graph = replace(graph, layers=[replace(x, channels=len(weights["c1.bias"])) if i in (1, 2) else x
                                       for i, x in enumerate(graph)])  # fmt: skip
    readers = {x: [y for y, layer in enumerate(graph) if x in layer.inputs] for x in range(len(graph.layers))}

    def free(x: int) -> bool:
        return all(
            free(y) if graph[y].op in PASSED_ON else graph[y].op == "conv" and graph[y].groups == 1 for y in readers[x]
        )

    high, kept, layers = ranges(graph, weights)[1], {}, []
    for position, layer in enumerate(graph):
        keep = np.ones(layer.channels, bool)
        behind = readers[position][0] if readers[position] else 0
        if layer.op == "relu" and layer.inputs[0] in kept:
            keep = kept[layer.inputs[0]]
        elif layer.op == "conv" and graph[behind].op == "relu" and readers[position] == [behind] and free(behind):
            keep = high[position] > 0
            keep[0] |= not keep.any()
        elif layer.op in PASSED_ON:
            keep = np.concatenate([kept[x] for x in layer.inputs])
        if layer.op == "conv":
            name, before = layer.name, kept[layer.inputs[0]]
            weight = weights[f"{name}.weight"][keep]
            weights[f"{name}.weight"] = weight[:, before] if layer.groups == 1 else weight
            weights[f"{name}.bias"] = weights[f"{name}.bias"][keep]
        kept[position] = keep
        layers.append(replace(layer, channels=int(keep.sum())))
    return replace(folded, graph=replace(graph, layers=layers), weights=weights)


def merged(w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> dict[str, np.ndarray]:
    """Weights of two layers, (C, 2, k, k), (C,), (1, C, l, l), (1,), in which at most 2 k k maps are linear."""
    lowest = b1 + np.minimum(w1, 0).sum((1, 2, 3), dtype=np.float64)
    linear, pixels = lowest >= 0, w1[0].size
    if linear.sum() > pixels:
        parts = w1[linear].reshape(-1, pixels).astype(np.float64)
        after = np.tensordot(parts, w2[0, linear], (0, 0))
        b2 = b2 + np.tensordot(b1[linear], w2[0, linear].sum((1, 2), dtype=np.float64), 1)
        w1 = np.concatenate([w1[~linear], np.eye(pixels).reshape(pixels, *w1.shape[1:])])
        b1 = np.concatenate([b1[~linear], np.zeros(pixels)])
        w2 = np.concatenate([w2[0, ~linear], after])[None]
    arrays = {"c1.weight": w1, "c1.bias": b1, "c2.weight": w2, "c2.bias": b2}
    return {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
