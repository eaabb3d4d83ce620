"""Running a trained network: on the CPU, with ONNX Runtime, or in PyTorch, behind one interface.

An engine is called with two gray pictures (H, W) of one size and dtype, uint8, uint16 or float32 in [0, 1], of any size
from 1x1 up, and returns the fused picture of the same dtype. Its `runs_on` says in words what it runs on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from aefusion.network import MODELS, Graph, shapes


@dataclass(frozen=True)
class Trained:
    """A network and its trained weights, as they come out of a file."""

    name: str
    graph: Graph
    weights: dict[str, np.ndarray]
    metadata: dict[str, Any]

    @classmethod
    def load(cls, model: str) -> "Trained":
        """A shipped model by its name, or any file of weights that training wrote (``*.safetensors``)."""
        from aefusion.weights import find, load

        path = find(model)
        weights, metadata = load(path)
        name = metadata.get("model", "")
        if name not in MODELS:
            raise ValueError(f"{path}: weights of an unknown network {name!r}; known are {', '.join(MODELS)}")
        graph = MODELS[name].graph()
        for key, shape in shapes(graph).items():
            found = weights[key].shape if key in weights else "missing"
            if found != shape:
                raise ValueError(f"{path}: {key} is {found}, but {name} needs {shape}")
        return cls(name, graph, weights, metadata)

    @property
    def pyramid(self) -> bool:
        """Whether the network is applied to each level of a pyramid."""
        return MODELS[self.name].pyramid

    @cached_property
    def deployed(self):
        """The folded network."""
        from aefusion.engine.fold import fold

        return fold(self.graph, self.weights)


class CpuEngine:
    """The compiled kernel for networks that fold to two layers, else layer by layer in NumPy.

    `threads` is for the kernel; NumPy's matrix products use what the variable OMP_NUM_THREADS says.
    """

    def __init__(self, trained: Trained, threads: int | None = None):
        from aefusion.engine import cpu

        self.deployed, self.threads = trained.deployed, threads
        if self.deployed.two_layers:
            parts = (self.deployed.weights[name] for name in ("c1.weight", "c1.bias", "c2.weight", "c2.bias"))
            self.kernel_weights = cpu.Weights(*parts)

    @property
    def runs_on(self) -> str:
        from aefusion.engine import cpu

        if not self.deployed.two_layers:
            return "CPU, NumPy layer by layer"
        levels = cpu.levels()
        return f"CPU, compiled kernel ({levels[0]})" if levels else "CPU, OpenCV filters (no compiled kernel)"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        from aefusion.engine import cpu
        from aefusion.engine.layers import run_graph
        from aefusion.engine.tiles import tiles

        if self.deployed.two_layers:
            return cpu.run(self.kernel_weights, a, b, self.threads)
        cpu.check(a, b)
        graph, weights = self.deployed.graph, self.deployed.weights
        return tiles(lambda x, y: run_graph(graph, weights, x, y), a, b, graph.margin, graph.multiple, 64)


class OnnxEngine:
    """ONNX Runtime, on the best device that it was built for."""

    def __init__(self, trained: Trained, threads: int | None = None):
        from aefusion.engine.onnx import OnnxSession, to_onnx

        self.graph = trained.deployed.graph
        self.session = OnnxSession(to_onnx(self.graph, trained.deployed.weights, {}), self.graph, threads)

    @property
    def runs_on(self) -> str:
        return f"ONNX Runtime, {self.session.runs_on}"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        from aefusion.engine.cpu import check
        from aefusion.engine.tiles import tiles

        check(a, b)
        return tiles(self.session, a, b, self.graph.margin, self.graph.multiple, 256)


class TorchEngine:
    """PyTorch, on a GPU if there is one."""

    def __init__(self, trained: Trained, threads: int | None = None):
        import torch

        from aefusion.engine.cpu import available_cores
        from aefusion.network.module import Network

        self.threads = threads or available_cores()
        self.device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.network = Network(trained.graph, fast=True).eval().to(self.device)
        state = {name: torch.from_numpy(array) for name, array in trained.weights.items()}
        self.network.load_state_dict(state, strict=False)  # all is there but the counts of batches

    @property
    def runs_on(self) -> str:
        return f"PyTorch, {self.device}"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        from aefusion.engine.cpu import check
        from aefusion.engine.tiles import tiles

        check(a, b)
        graph = self.network.graph
        return tiles(self._float, a, b, graph.margin, graph.multiple, 256)

    def _float(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        import torch

        torch.set_num_threads(self.threads)
        exact = torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled, allow_tf32=False)
        with torch.inference_mode(), exact:
            sources = (torch.from_numpy(x)[None, None].to(self.device) for x in (a, b))
            return self.network(*sources)[0, 0].cpu().numpy()


ENGINES: dict[str, tuple[Callable, tuple[str, ...], str]] = {
    "cpu": (CpuEngine, (), ""),
    "onnx": (OnnxEngine, ("onnx", "onnxruntime"), "onnx"),
    "torch": (TorchEngine, ("torch",), "train"),
}
"""Each engine with the packages that it needs and the extra that installs them."""


def available(name: str) -> bool:
    """Whether the packages of an engine are installed (they are not imported)."""
    return all(find_spec(package) for package in ENGINES[name][1])


def choose(trained: Trained) -> str:
    """What engine "auto" means: the CPU kernel for networks that fold to two layers, else ONNX Runtime where it is."""
    return "cpu" if trained.deployed.two_layers or not available("onnx") else "onnx"


def start(trained: Trained, engine: str = "auto", threads: int | None = None):
    """An engine that runs `trained`; ``engine``: "auto", "cpu", "onnx" or "torch"."""
    if engine == "auto":
        engine = choose(trained)
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}; known are auto, {', '.join(ENGINES)}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more")
    make, packages, extra = ENGINES[engine]
    if not available(engine):
        raise ValueError(f"engine {engine!r} needs {' and '.join(packages)}: pip install 'aefusion[{extra}]'")
    started = make(trained, threads)
    if not trained.pyramid:
        return started
    from aefusion.engine.pyramid import PyramidEngine

    return PyramidEngine(started)
