"""What a network sees inside, for who wants to look."""

import numpy as np

from aefusion.engine.fold import merge_layers
from aefusion.engine.layers import Layers
from aefusion.engine.trained import Trained
from aefusion.network.graph import Layer, run


class _Recorder(Layers):
    """The layers, which keep what comes out of each ReLU."""

    def __init__(self, weights: dict[str, np.ndarray]):
        super().__init__(weights)
        self.maps: dict[str, np.ndarray] = {}
        self._name = ""

    def conv(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        self._name = layer.name
        return super().conv(layer, x)

    def relu(self, layer: Layer, x: np.ndarray) -> np.ndarray:
        self.maps[self._name] = super().relu(layer, x)
        return self.maps[self._name]


def maps(trained: Trained, a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    """The maps behind each ReLU of the folded network, by the name of their convolution: float32 (C, h, w), 0 and more.

    ``a``, ``b``: gray, (H, W) float32 in [0, 1]. Maps are as large as the padded picture less what convolutions took
    off its borders. A network on a pyramid is looked at on the picture itself, its finest level.

    >>> {name: x.shape for name, x in maps(Trained.load("aenetv2"), *np.zeros((2, 30, 40), np.float32)).items()}
    {'c1': (64, 34, 44)}
    """
    folded = merge_layers(trained)
    margin, recorder = folded.graph.margin, _Recorder(folded.weights)
    more = [(margin, margin + -size % folded.graph.multiple) for size in a.shape]
    run(folded.graph, recorder, np.stack([np.pad(x, more, mode="reflect") for x in (a, b)]))
    return recorder.maps
