"""What `bench speed` runs side by side: the engines of a network, and Laplacian pyramids as peers."""

from collections.abc import Callable

import numpy as np

from aefusion.engine import Trained, cpu, fold, need
from aefusion.engine.layers import run_graph
from aefusion.engine.pyramid import PyramidEngine
from aefusion.engine.tiles import tiles
from aefusion.engine.two_layers import TwoLayers
from aefusion.network import MODELS, shapes
from aefusion.speed.peers import Fuse, laplacian_pyramid, opencv_pyramid
from aefusion.weights import shipped

UINT8 = ", uint8"


def engines(trained: Trained) -> dict[str, Callable[[int], Fuse]]:
    """Functions that make a fusion function for a number of threads, by name; the first is what users run.

    Each takes two float32 pictures (H, W), those whose name ends in "uint8" integers. One whose packages are missing
    raises ValueError when it is made.
    """
    makers: dict[str, Callable[[int], Fuse]] = {}
    folded = fold(trained)
    weights, sets = cpu.network_for_kernel(folded), cpu.instruction_sets()
    if weights is not None:
        for name in sets:
            makers[f"kernel {name}"] = lambda threads, name=name: lambda a, b: cpu.run(weights, a, b, threads, name)
        if sets:
            makers[f"kernel {sets[0]}{UINT8}"] = lambda threads: lambda a, b: cpu.run(weights, a, b, threads)
    if isinstance(weights, TwoLayers):
        makers["OpenCV filters"] = lambda threads: opencv_filters(weights, threads)
    else:
        makers["NumPy"] = lambda threads: numpy_layers(folded)
    for title, make in (("ONNX Runtime", onnx_runtime), ("PyTorch", torch_network)):
        for form, one in (("paper's graph", trained), ("folded", folded)):
            makers[f"{title}, {form}"] = lambda threads, make=make, one=one: make(one, threads)
    if trained.pyramid:
        makers = {
            name: lambda threads, make=make: PyramidEngine(make(threads), threads) for name, make in makers.items()
        }
    makers["Laplacian pyramid (lp)"] = laplacian_pyramid
    makers["Laplacian pyramid, plain OpenCV"] = opencv_pyramid
    return makers


def same_picture(name: str) -> bool:
    """Whether an engine runs the network, so that its picture has to be that of the first one."""
    return not name.startswith("Laplacian")


def network(name: str) -> Trained:
    """A shipped network, or one with random weights: they do not matter for the time."""
    if name in shipped() or name not in MODELS:
        return Trained.load(name)
    random, graph, weights = np.random.default_rng(0), MODELS[name].graph(), {}
    for key, shape in shapes(graph).items():
        if len(shape) == 4:
            array = random.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
        else:  # the biases 0.1; batch norm changes nothing else
            array = np.full(shape, {"bias": 0.1, "running_mean": 0}.get(key.rpartition(".")[2], 1))
        weights[key] = array.astype(np.float32)
    return Trained(name, graph, weights, {})


def numpy_layers(folded: Trained) -> Fuse:
    graph, weights = folded.graph, folded.weights
    return lambda a, b: tiles(lambda x, y: run_graph(graph, weights, x, y), a, b, graph.margin, graph.multiple, 64)


def opencv_filters(weights: TwoLayers, threads: int) -> Fuse:
    import cv2

    from aefusion.engine import opencv

    cv2.setNumThreads(1)  # strips are what is shared among threads
    return lambda a, b: opencv.run(weights, a, b, threads)


def onnx_runtime(trained: Trained, threads: int) -> Fuse:
    need("onnx")
    from aefusion.engine.onnx import OnnxSession
    from aefusion.engine.to_onnx import to_onnx

    return OnnxSession(to_onnx(trained.graph, trained.weights, {}), trained.graph, threads)


def torch_network(trained: Trained, threads: int) -> Fuse:
    need("torch")
    import torch

    from aefusion.network.module import Network

    torch.set_num_threads(threads)
    module = Network(trained.graph).eval()
    module.load_state_dict({name: torch.from_numpy(x) for name, x in trained.weights.items()}, strict=False)

    def fuse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return module(*(torch.from_numpy(x)[None, None] for x in (a, b)))[0, 0].numpy()

    return fuse
