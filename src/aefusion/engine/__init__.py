"""Running a trained network: on the CPU, with ONNX Runtime, or in PyTorch, behind one interface.

    trained = Trained.load("aenetv2")     a network with its weights
    run = start(trained, "auto")          an engine that runs it
    fused = run(a, b)

An engine folds the network (`fold`) and runs what is left of it. To add an engine, write a class like `Engine` in a
file of its own, and give it a row in ENGINES. The tests compare it with the others.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple, Protocol

import numpy as np

from aefusion.engine.cpu import CpuEngine, network_for_kernel
from aefusion.engine.fold import fold
from aefusion.engine.onnx import OnnxEngine
from aefusion.engine.pyramid import PyramidEngine
from aefusion.engine.threads import check_threads
from aefusion.engine.torch import TorchEngine
from aefusion.engine.trained import Trained

__all__ = [
    "ENGINES",
    "CpuEngine",
    "Engine",
    "OnnxEngine",
    "TorchEngine",
    "Trained",
    "available",
    "fold",
    "need",
    "start",
]


class Engine(Protocol):
    """A network that runs: it is called with two gray pictures and gives the fused one.

    ``a``, ``b``: (H, W) of one size and dtype, uint8, uint16 or float32 in [0, 1], of any size from 1x1 up. The result
    has the same size and dtype. ValueError, one line, if they are something else.
    """

    @property
    def runs_on(self) -> str:
        """What it runs on, in words."""
        ...

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray: ...


class EngineRow(NamedTuple):
    """What ENGINES knows of an engine."""

    make: Callable[[Trained, int | None], Engine]
    """Gives the engine for a network and a number of threads, None for as many as there are cores."""
    packages: tuple[str, ...] = ()
    """What it imports beside what every install has."""
    extra: str = ""
    """The extra of this package that installs them."""


ENGINES: dict[str, EngineRow] = {
    "cpu": EngineRow(CpuEngine),
    "onnx": EngineRow(OnnxEngine, ("onnx", "onnxruntime"), "onnx"),
    "torch": EngineRow(TorchEngine, ("torch",), "train"),
}


def start(trained: Trained, engine: str = "auto", threads: int | None = None) -> Engine:
    """An engine that runs `trained`.

    ``engine``: "auto" or a name in ENGINES. "auto" is the CPU with the compiled kernel, for every network. Where that
    was not compiled, networks that do not fold to two layers run in ONNX Runtime if it is installed. ``threads``: as
    many as there are cores, if not given. ValueError, one line: there is no such engine, a package that it needs is not
    installed, ``threads`` is no whole number above 0.

    >>> run = start(Trained.load("aenetv2"), "cpu", threads=1)
    >>> fused = run(np.zeros((40, 50), np.uint8), np.full((40, 50), 255, np.uint8))
    >>> fused.shape, fused.dtype
    ((40, 50), dtype('uint8'))
    """
    if engine != "auto" and engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}; known are auto, {', '.join(ENGINES)}")
    check_threads(threads)
    folded = fold(trained)
    name = choose(folded) if engine == "auto" else engine
    need(name)
    started = ENGINES[name].make(folded, threads)
    return PyramidEngine(started, threads) if trained.pyramid else started


def choose(trained: Trained) -> str:
    """What engine "auto" means for a network."""
    compiled = network_for_kernel(fold(trained)) is not None
    return "cpu" if compiled or not available("onnx") else "onnx"


def available(engine: str) -> bool:
    """Whether the packages of an engine are installed (they are not imported)."""
    return all(find_spec(package) for package in ENGINES[engine].packages)


def need(engine: str) -> None:
    """ValueError that says what to install, if the packages of an engine are not there."""
    if not available(engine):
        row = ENGINES[engine]
        raise ValueError(f"engine {engine!r} needs {' and '.join(row.packages)}: pip install 'aefusion[{row.extra}]'")
