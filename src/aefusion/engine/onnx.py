"""ONNX Runtime, on the best device that it was built for."""

from typing import Any

import numpy as np

from aefusion.engine.check import check
from aefusion.engine.fold import fold
from aefusion.engine.tiles import tiles
from aefusion.engine.to_onnx import to_onnx
from aefusion.engine.trained import Trained
from aefusion.network.graph import Graph


class OnnxEngine:
    """ONNX Runtime, on the best device that it was built for."""

    def __init__(self, trained: Trained, threads: int | None = None):
        folded = fold(trained)
        self.graph = folded.graph
        self.session = OnnxSession(to_onnx(self.graph, folded.weights, {}), self.graph, threads)

    @property
    def runs_on(self) -> str:
        return f"ONNX Runtime, {self.session.runs_on}"

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        check(a, b)
        return tiles(self.session, a, b, self.graph.margin, self.graph.multiple, 256)


def devices() -> list[str]:
    """ONNX Runtime's providers that run here, best first; not the one that asks a server."""
    import onnxruntime

    return [name for name in onnxruntime.get_available_providers() if not name.startswith("Azure")]


class OnnxSession:
    """A network in ONNX Runtime: call it with float32 (H, W) pictures in [0, 1]."""

    def __init__(self, model: bytes, graph: Graph, threads: int | None = None):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.log_severity_level = 3
        self.margin, self.multiple = graph.margin, graph.multiple
        self.session = onnxruntime.InferenceSession(model, options, providers=devices())

    @property
    def runs_on(self) -> str:
        return self.session.get_providers()[0].removesuffix("ExecutionProvider")

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        height, width = a.shape
        # ONNX reflects once only: a picture that is too small for it is reflected here first, by more than is seen.
        need = self.margin + self.multiple
        more = [(0, 0 if size > need else self.margin + need) for size in a.shape]
        feeds = {name: np.pad(x, more, mode="reflect")[None, None] for name, x in (("a", a), ("b", b))}
        fused: Any = self.session.run(["fused"], feeds)[0]
        return fused[0, 0, :height, :width]
