from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.network import MODELS, Graph, Model, shapes
from aefusion.network.own import from_values
from aefusion.weights import find, load


@dataclass(frozen=True)
class Trained:
    """A network that can run: the graph of its layers, and the weights that they need.

    As it comes out of a file, it has every layer that was trained. `fold` makes another one of it, which gives the same
    picture with far fewer operations.
    """

    name: str
    """Its name in MODELS; that of its function, if somebody wrote their own."""
    graph: Graph
    weights: dict[str, np.ndarray]
    """The arrays under the names of a state dict: `network.shapes` gives the name and the shape of each."""
    metadata: dict[str, Any]
    """What training wrote about them into their file."""
    folded: bool = False
    """Whether it is what `fold` makes."""

    @classmethod
    def load(cls, model: str | PathLike[str]) -> "Trained":
        """A shipped model by its name, or any file of weights that training wrote (``*.safetensors``).

        ValueError if there is no such model, if the file cannot be read, or if its arrays are not those of the network.
        """
        path = find(model)
        weights, metadata = load(path)
        name = metadata.get("model", "")
        if "graph" in metadata:
            try:
                graph = from_values(metadata["graph"])
            except ValueError as error:
                raise FileError(path, str(error), "train it again") from None
        elif name in MODELS:
            graph = MODELS[name].graph()
        else:
            raise FileError(path, f"weights of an unknown network {name!r}", f"known are {', '.join(MODELS)}")
        for key, needed in shapes(graph).items():
            shape = weights[key].shape if key in weights else "missing"
            if shape != needed:
                raise FileError(path, f"{key} is {shape}, but {name} needs {needed}", "train it again")
        return cls(name, graph, weights, metadata)

    @property
    def pyramid(self) -> bool:
        """Whether the network is applied to each level of a pyramid."""
        return self.model.pyramid

    @property
    def model(self) -> Model:
        """Its row in MODELS, or what stands for one."""
        if self.name in MODELS and "graph" not in self.metadata:
            return MODELS[self.name]
        return Model(self.name, self.name, lambda: self.graph, "own")

    @property
    def two_layers(self) -> bool:
        """Whether there is nothing but conv, ReLU, conv, clip, of sizes that the kernel for two layers runs."""
        if [layer.op for layer in self.graph] != ["input", "conv", "relu", "conv", "output"]:
            return False
        return (self.graph[1].kernel, self.graph[3].kernel) in ((3, 5), (1, 3))
