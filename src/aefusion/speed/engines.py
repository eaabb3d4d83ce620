"""What `bench speed` runs side by side: the engines of a network, and Laplacian pyramids as peers."""

from collections.abc import Callable

import numpy as np

from aefusion.engine import ENGINES, CpuEngine, Trained, available, cpu
from aefusion.engine.pyramid import PyramidEngine
from aefusion.network import MODELS, Graph
from aefusion.weights import shipped

Fuse = Callable[[np.ndarray, np.ndarray], np.ndarray]
UINT8 = ", uint8"


def engines(trained: Trained) -> dict[str, Callable[[int], Fuse]]:
    """Functions that make a fusion function for a number of threads, by name; the first is what users run.

    Each takes two float32 pictures (H, W), those whose name ends in "uint8" integers. One whose packages are missing
    raises ValueError when it is made.
    """
    found: dict[str, Callable[[int], Fuse]] = {}
    if trained.deployed.two_layers:
        parts = (trained.deployed.weights[x] for x in ("c1.weight", "c1.bias", "c2.weight", "c2.bias"))
        weights = cpu.Weights(*parts)
        for level in cpu.levels():
            found[f"kernel {level}"] = lambda threads, level=level: lambda a, b: cpu.run(weights, a, b, threads, level)
        if cpu.levels():
            found[f"kernel {cpu.levels()[0]}{UINT8}"] = lambda threads: lambda a, b: cpu.run(weights, a, b, threads)
        found["OpenCV filters"] = lambda threads: opencv_filters(weights, threads)
    else:
        found["NumPy"] = lambda threads: CpuEngine(trained, threads)
    forms = {"paper's graph": (trained.graph, trained.weights)}
    forms["folded"] = (trained.deployed.graph, trained.deployed.weights)
    for engine, title, make in (("onnx", "ONNX Runtime", onnx_runtime), ("torch", "PyTorch", torch_network)):
        for form, parts in forms.items():
            found[f"{title}, {form}"] = lambda threads, engine=engine, make=make, parts=parts: (
                need(engine) or make(*parts, threads)
            )
    if trained.pyramid:
        found = {name: lambda threads, make=make: PyramidEngine(make(threads)) for name, make in found.items()}
    found["Laplacian pyramid (lp)"] = laplacian_pyramid
    found["Laplacian pyramid, plain OpenCV"] = opencv_pyramid
    return found


def same_picture(name: str) -> bool:
    """Whether an engine runs the network, so that its picture has to be that of the first one."""
    return not name.startswith("Laplacian")


def need(engine: str) -> None:
    """ValueError if the packages of an engine are not installed."""
    _, packages, extra = ENGINES[engine]
    if not available(engine):
        raise ValueError(f"needs {' and '.join(packages)}: pip install 'aefusion[{extra}]'")


def network(name: str) -> Trained:
    """A shipped network, or one with random weights: they do not matter for the time."""
    if name in shipped() or name not in MODELS:
        return Trained.load(name)
    random, graph = np.random.default_rng(0), MODELS[name].graph()
    weights = {}
    for layer in graph:
        if layer.op == "conv":
            shape = (layer.channels, graph[layer.inputs[0]].channels // layer.groups, layer.kernel, layer.kernel)
            scale = 1 / np.sqrt(np.prod(shape[1:]))
            weights[f"{layer.name}.weight"] = random.normal(0, scale, shape).astype(np.float32)
            weights |= {f"{layer.name}.bias": np.full(layer.channels, 0.1, np.float32)} if layer.bias else {}
        elif layer.op == "norm":
            for part, value in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
                weights[f"{layer.name}.{part}"] = np.full(layer.channels, value, np.float32)
    return Trained(name, graph, weights, {})


def opencv_filters(weights: cpu.Weights, threads: int) -> Fuse:
    import cv2

    from aefusion.engine import opencv

    cv2.setNumThreads(1)  # strips are what is shared among threads
    return lambda a, b: opencv.run(weights, a, b, threads)


def onnx_runtime(graph: Graph, weights: dict[str, np.ndarray], threads: int) -> Fuse:
    from aefusion.engine.onnx import OnnxSession, to_onnx

    return OnnxSession(to_onnx(graph, weights, {}), graph, threads)


def torch_network(graph: Graph, weights: dict[str, np.ndarray], threads: int) -> Fuse:
    import torch

    from aefusion.network.graph import run
    from aefusion.network.module import Network, pad

    torch.set_num_threads(threads)
    module = Network(graph).eval()
    module.load_state_dict({name: torch.from_numpy(x) for name, x in weights.items()}, strict=False)
    copies = graph[0].channels // 2

    def fuse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            sources = [torch.from_numpy(x)[None, None] for x in (a, b)]
            padded = [pad(x, graph.margin, graph.multiple) for x in sources for _ in range(copies)]
            return run(graph, module, torch.cat(padded, 1))[0, 0, : a.shape[0], : a.shape[1]].numpy()

    return fuse


def laplacian_pyramid(threads: int) -> Fuse:
    import cv2

    from aefusion.library.lp import lp

    cv2.setNumThreads(threads)
    return lp


def opencv_pyramid(threads: int) -> Fuse:
    import cv2

    cv2.setNumThreads(threads)
    return plain_pyramid


def plain_pyramid(a: np.ndarray, b: np.ndarray, levels: int = 4) -> np.ndarray:
    """The Laplacian pyramid as one writes it with OpenCV: in each band the stronger source, below them the mean.

    ``a``, ``b``: float32 (H, W) in [0, 1]; so is the result.
    """
    import cv2

    bands = []
    for _ in range(levels):
        low_a, low_b = cv2.pyrDown(a), cv2.pyrDown(b)
        size = (a.shape[1], a.shape[0])
        band_a, band_b = a - cv2.pyrUp(low_a, dstsize=size), b - cv2.pyrUp(low_b, dstsize=size)
        bands.append(np.where(np.abs(band_a) >= np.abs(band_b), band_a, band_b))
        a, b = low_a, low_b
    fused = (a + b) / 2
    for band in reversed(bands):
        fused = cv2.pyrUp(fused, dstsize=(band.shape[1], band.shape[0])) + band
    return np.clip(fused, 0, 1)
