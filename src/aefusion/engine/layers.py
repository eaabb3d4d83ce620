"""Every kind of layer in NumPy: folding computes with them, and networks that do not fold run on them."""

import numpy as np

from aefusion.network.graph import Graph, Layer, run

EPSILON = 1e-5
"""Batch norm's, as in PyTorch."""


class Layers:
    """Operations for `network.graph.run` on arrays (..., C, H, W), with the weights of a state dict."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights

    def conv(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        weight, k, groups = self.weights[f"{layer.name}.weight"], layer.kernel, layer.groups
        *batch, channels, height, width = x.shape
        if k > 1:  # (..., C, h, w) becomes (..., C, k, k, h', w')
            windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(-2, -1))
            x = np.moveaxis(windows, (-2, -1), (-4, -3))
        height, width = height - k + 1, width - k + 1
        columns = x.reshape(*batch, groups, channels // groups * k * k, height * width)
        result = weight.reshape(groups, layer.channels // groups, -1) @ columns
        result = result.reshape(*batch, layer.channels, height, width)
        return result + self.weights[f"{layer.name}.bias"][:, None, None] if layer.bias else result

    def norm(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        scale, shift = self.norm_scale(layer)
        return x * scale[:, None, None] + shift[:, None, None]

    def norm_scale(self, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
        """Batch norm as a factor and a summand a channel."""
        mean, variance, weight, bias = (
            self.weights[f"{layer.name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        scale = weight / np.sqrt(variance + EPSILON)
        return scale, bias - mean * scale

    def relu(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        return np.maximum(x, 0)

    def output(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        return np.clip(x, 0, 1)

    def shuffle(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        return x[..., shuffled(layer), :, :]

    def pool(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        k, step = layer.kernel, layer.amount
        height, width = ((n - k) // step + 1 for n in x.shape[-2:])
        return np.max(
            [
                x[..., i : i + step * (height - 1) + 1 : step, j : j + step * (width - 1) + 1 : step]
                for i in range(k)
                for j in range(k)
            ],
            axis=0,
        )

    def upsample(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        return x.repeat(2, axis=-2).repeat(2, axis=-1)

    def crop(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        n = layer.amount
        return x[..., n:-n, n:-n]

    def add(self, layer: Layer, *xs: np.ndarray) -> np.ndarray:
        return sum(xs[1:], xs[0])

    def concat(self, layer: Layer, *xs: np.ndarray) -> np.ndarray:
        return np.concatenate(xs, axis=-3)


def shuffled(layer: Layer) -> np.ndarray:
    """Which channel of the input each channel of a shuffle's result is."""
    return np.arange(layer.channels).reshape(layer.groups, -1).T.ravel()


def run_graph(graph: Graph, weights: dict[str, np.ndarray], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The picture of a graph, folded or not: ``a``, ``b`` and the result (H, W) in [0, 1], float32 or float64."""
    margin = graph.margin
    more = [(margin, margin + -size % graph.multiple) for size in a.shape]
    sources = [np.pad(x, more, mode="reflect") for x in (a, b)]
    copies = graph[0].channels // 2
    fused = run(graph, Layers(weights), np.stack([x for x in sources for _ in range(copies)]))
    return fused[0, : a.shape[0], : a.shape[1]]
