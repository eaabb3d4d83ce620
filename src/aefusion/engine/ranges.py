import numpy as np

from aefusion.engine.layers import shuffled
from aefusion.network.graph import Graph

Bounds = dict[int, np.ndarray]


def ranges(graph: Graph, weights: dict[str, np.ndarray]) -> tuple[Bounds, Bounds]:
    """Bounds of what each layer of a folded graph can give for sources in [0, 1]: the lowest and the highest value.

    Both: by the layer's position, float64 (C,). They come from interval arithmetic: no value lies outside, but the
    bounds need not be reached, as maps are taken to be independent of each other.
    """
    low: Bounds = {}
    high: Bounds = {}
    for position, layer in enumerate(graph):
        lows, highs = [low[x] for x in layer.inputs], [high[x] for x in layer.inputs]
        if layer.op == "input":
            bounds = np.zeros(layer.channels), np.ones(layer.channels)
        elif layer.op == "conv":
            weight = weights[f"{layer.name}.weight"].astype(np.float64)
            up, down = np.maximum(weight, 0).sum((2, 3)), np.minimum(weight, 0).sum((2, 3))
            group = np.arange(layer.channels) * layer.groups // layer.channels
            least, most = (x[0].reshape(layer.groups, -1)[group] for x in (lows, highs))
            bias = weights[f"{layer.name}.bias"]
            bounds = bias + (up * least + down * most).sum(1), bias + (up * most + down * least).sum(1)
        elif layer.op == "relu":
            bounds = np.maximum(lows[0], 0), np.maximum(highs[0], 0)
        elif layer.op == "output":
            bounds = np.clip(lows[0], 0, 1), np.clip(highs[0], 0, 1)
        elif layer.op == "add":
            bounds = np.sum(lows, 0), np.sum(highs, 0)
        elif layer.op == "concat":
            bounds = np.concatenate(lows), np.concatenate(highs)
        elif layer.op == "shuffle":
            bounds = lows[0][shuffled(layer)], highs[0][shuffled(layer)]
        else:  # pool, upsample, crop
            bounds = lows[0], highs[0]
        low[position], high[position] = bounds
    return low, high
