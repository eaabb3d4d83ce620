"""Who takes part in a benchmark: methods of the library, networks, folders of pictures that others fused."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from aefusion.fusion.fuser import MethodEngine
from aefusion.fusion.method import load
from aefusion.learned.find_weights import find_weights
from aefusion.library import METHODS, Method
from aefusion.network import MODELS, Model
from aefusion.weights import shipped

Fuse = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Contestant:
    """A method, a network, or a folder of fused pictures; nothing is loaded before it is needed."""

    name: str
    kind: Literal["method", "network", "pictures"]
    place: str = ""
    """Of a network: a name in MODELS or a file of weights. Of pictures: their folder."""

    @property
    def method(self) -> Method:
        """The method; ValueError if there is none of that name."""
        return load(self.place)

    @property
    def model(self) -> Model:
        """The network's row in MODELS; ValueError if the file of weights cannot be read."""
        if self.place in MODELS:
            return MODELS[self.place]
        from aefusion.engine import Trained

        return Trained.load(self.place).model

    @property
    def weights(self) -> Path | None:
        """The network's file of weights; None where none is shipped."""
        return shipped().get(self.place) or (None if self.place in MODELS else Path(self.place))

    @cached_property
    def learned_weights(self) -> Path | None:
        """The file of weights of a learned method; None for all others, and where it is not installed."""
        if self.kind != "method" or self.method.home != "learned":
            return None
        try:
            return find_weights(self.method.file, self.method.parameters.get("weights"))
        except ValueError:
            return None

    @cached_property
    def made_from(self) -> str:
        """A digest of the weights, of a method's own file, or of the names and sizes of the pictures.

        Results of others are stale. Empty where the method is part of a package.
        """
        own = Path(self.place.rpartition(":")[0])
        if self.kind == "method" and own.suffix == ".py" and own.is_file():
            return hashlib.sha256(own.read_bytes()).hexdigest()[:12]
        if self.learned_weights:
            return hashlib.sha256(self.learned_weights.read_bytes()).hexdigest()[:12]
        if self.kind == "network" and self.weights and self.weights.is_file():
            return hashlib.sha256(self.weights.read_bytes()).hexdigest()[:12]
        if self.kind == "pictures":
            files = sorted(path for path in Path(self.place).rglob("*") if path.is_file())
            return digest(f"{path.relative_to(self.place).as_posix()} {path.stat().st_size}" for path in files)
        return ""

    def start(self, threads: int | None = None) -> Fuse:
        """What fuses two gray pictures (H, W) of one dtype into one of that dtype."""
        if self.kind == "method":
            _ = self.method.function  # a missing extra shows here
            return MethodEngine(self.place)
        if self.kind == "network":
            from aefusion.engine import Trained, start

            if not self.weights:
                raise ValueError("no weights of this network are shipped")
            return start(Trained.load(self.place), threads=threads)
        raise ValueError(f"{self.name} is a folder of pictures, nothing that fuses")

    def suits(self, task: str) -> bool:
        """Whether it is made for a task; every one is for tasks that nobody knows."""
        return self.kind != "method" or self.method.suits(task)


def contestants(names: Iterable[str] = (), fused: Iterable[str] = ()) -> list[Contestant]:
    """Those of the names, in order; all methods and all networks, with weights or without, if none is given.

    A name in METHODS, in MODELS or of shipped weights, a file of weights (``.safetensors``), or anything that
    `fusion.method.load` takes. ``fused``: ``NAME=DIR``, folders of pictures that something else has fused. ValueError
    for a name that nobody has, files and folders that are not there, and two of one name.

    >>> [(c.name, c.kind) for c in contestants(["lp", "aenetv2"])]
    [('lp', 'method'), ('aenetv2', 'network')]
    """
    found = []
    for name in names or [*METHODS, *MODELS]:
        if name in MODELS or name in shipped():
            found.append(Contestant(name, "network", name))
        elif name.endswith(".safetensors"):
            if not Path(name).is_file():
                raise ValueError(f"{name}: no such file of weights")
            found.append(Contestant(Path(name).stem, "network", name))
        else:
            found.append(Contestant(load(name).name, "method", name))
    for pair in fused:
        name, is_given, folder = pair.partition("=")
        if not is_given or not name:
            raise ValueError(f"`fused` {pair}: give NAME=DIR")
        if not Path(folder).is_dir():
            raise ValueError(f"{folder}: no such folder of fused pictures")
        found.append(Contestant(name, "pictures", folder))
    twice = {c.name for c in found if sum(d.name == c.name for d in found) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))}: two of one name: rename one")
    return found


def digest(lines: Iterable[str]) -> str:
    """Twelve hexadecimal digits: the same for the same lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
