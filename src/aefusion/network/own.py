"""Networks of one's own: a function that builds a graph, and the graph as plain values, which weights carry along."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from aefusion.files import function_at, is_place
from aefusion.network import MODELS, Graph, Model
from aefusion.network.graph import Layer
from aefusion.network.tail import linear_tail

OPERATIONS = ("input", "conv", "norm", "relu", "shuffle", "pool", "upsample", "crop", "add", "concat", "output")
CHANNELS = 6
"""Of the input: each of two gray pictures three times."""


def model_of(name: str | Model) -> Model:
    """The network of that name in MODELS, or that which ``path/to/file.py:function`` builds; a `Model` is itself.

    The function takes nothing and returns a `Graph`, whose input has 6 channels and whose last layer is an output of
    one. Its name is that of the network. ValueError, one line, if there is none, or if it builds something else.

    >>> model_of("aenetv2").title
    'AE-Netv2 (R = GCB)'
    """
    if isinstance(name, Model):
        return name
    if name in MODELS:
        return MODELS[name]
    if not is_place(name):
        raise ValueError(f"model {name!r}; known are {', '.join(MODELS)}; or give file.py:function that builds a Graph")
    build = function_at(name)
    if not callable(build):
        raise ValueError(f"{name} is {type(build).__name__}, not a function that returns a Graph")

    def checked() -> Graph:
        try:
            graph = build()
        except Exception as error:
            raise ValueError(f"{name} raised {type(error).__name__}: {error}") from error
        check_graph(graph, name)
        return graph

    checked()
    own = name.rpartition(":")[2]
    return Model(own, f"{own} of {Path(name.rpartition(':')[0]).name}", checked, "own")


def check_graph(graph: object, name: str) -> None:
    """ValueError unless it is the graph of a network that fuses two pictures."""
    if not isinstance(graph, Graph):
        raise ValueError(f"{name} returned {type(graph).__name__}: return an aefusion.network.Graph")
    layers = graph.layers
    if not layers or layers[0].op != "input" or layers[0].channels != CHANNELS:
        raise ValueError(f"{name}: begin the graph with graph.input({CHANNELS}), each source three times")
    if layers[-1].op != "output" or layers[-1].channels != 1 or layers[-1].stride != 1:
        wrong = "the graph does not end as a picture of one channel and of the input's size"
        raise ValueError(f"{name}: {wrong}: end it with graph.output(x)")
    if layers[-1].lost % 2:
        wrong = f"its convolutions take {layers[-1].lost} pixels off height and width"
        raise ValueError(f"{name}: {wrong}: give kernels of odd size")
    names = [layer.name for layer in layers if layer.name]
    ends = {"c1": [1], "c2": linear_tail(graph)[1]}  # what folding calls them
    for place, layer in enumerate(layers):
        if place not in ends.get(layer.name, [place]):
            raise ValueError(f"{name}: a layer in the middle is called {layer.name}, as one at an end: rename it")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{name}: two layers have one name: {', '.join(twice)}: rename one")


def to_values(graph: Graph) -> list[dict[str, Any]]:
    """A graph as plain values, one dict a layer, as JSON can hold them."""
    return [asdict(layer) | {"inputs": list(layer.inputs)} for layer in graph]


def from_values(values: Iterable[Mapping[str, Any]], name: str = "the graph") -> Graph:
    """The graph of such values; ValueError, one line, where they are none.

    >>> graph = MODELS["aenetv2"].graph()
    >>> from_values(to_values(graph)) == graph
    True
    """
    numeric = [field.name for field in fields(Layer) if field.type is int]
    layers: list[Layer] = []
    try:
        for place, value in enumerate(values):
            layer = Layer(**{**value, "inputs": tuple(value["inputs"])})
            numbers = [getattr(layer, key) for key in numeric]
            if layer.op not in OPERATIONS or any(not isinstance(x, int) or x < 0 for x in (*numbers, *layer.inputs)):
                raise ValueError(f"layer {place} is of no known kind")
            if any(x >= place for x in layer.inputs) or (layer.op != "input" and not layer.inputs):
                raise ValueError(f"layer {place} does not follow its inputs")
            layers.append(layer)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{name}: no layers of a network ({error})") from None
    graph = Graph(layers)
    check_graph(graph, name)
    return graph
