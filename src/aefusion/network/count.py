from dataclasses import dataclass

from aefusion.network.graph import Graph


@dataclass(frozen=True)
class Cost:
    parameters: int
    flops: int


def shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The name and shape of every array in a network's state dict."""
    arrays: dict[str, tuple[int, ...]] = {}
    for layer in graph:
        if layer.op == "conv":
            inputs = graph[layer.inputs[0]].channels // layer.groups
            arrays[f"{layer.name}.weight"] = (layer.channels, inputs, layer.kernel, layer.kernel)
        if layer.op == "norm" or layer.bias:
            arrays[f"{layer.name}.bias"] = (layer.channels,)
        if layer.op == "norm":
            arrays |= {f"{layer.name}.{part}": (layer.channels,) for part in ("weight", "running_mean", "running_var")}
    return arrays


def count(graph: Graph, height: int = 400, width: int = 400) -> Cost:
    """Parameters, and FLOPs for a picture of `height` x `width`, in the convention of the paper's Table VI.

    One FLOP for each multiply-accumulate, one for each bias, two for each batch-normalised value; activations, pooling
    and borders are not counted. With this convention IFCNN's row of the table comes out exactly.

    >>> from aefusion.network import MODELS
    >>> count(MODELS["aenetv2"].graph())
    Cost(parameters=5378, flops=860480000)
    """
    parameters = flops = 0
    for layer in graph:
        if layer.op == "conv":
            inputs = graph[layer.inputs[0]].channels // layer.groups
            each = layer.channels * (inputs * layer.kernel**2 + layer.bias)
        elif layer.op == "norm":
            each = 2 * layer.channels
        else:
            continue
        parameters += each
        flops += each * (height * width // layer.stride**2)
    return Cost(parameters, flops)
