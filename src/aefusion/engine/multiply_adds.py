from aefusion.network.graph import Graph


def multiply_adds(graph: Graph) -> float:
    """Multiply-adds a pixel of the picture that the convolutions of a graph take, folded or not; borders not counted.

    >>> from aefusion.network import MODELS
    >>> multiply_adds(MODELS["aenetv2"].graph())
    5184.0
    """
    return sum(
        layer.channels * graph[layer.inputs[0]].channels // layer.groups * layer.kernel**2 / layer.stride**2
        for layer in graph
        if layer.op == "conv"
    )
