"""The replaceable block R of AE-Netv2: each takes the 64 maps of C1 and gives 64 (Inception 128).

A function adds its layers to the graph and returns the position of the result. A new block is one more function here
and one more line in MODELS. The settings that the paper leaves open were decoded from its parameter counts
and checkpoint sizes; convolutions with batch norm or inside Fire and Inception modules are followed by ReLU, as in the
papers that they come from, the group-convolution block is not.
"""

from aefusion.network.graph import Graph


def gcb(graph: Graph, x: int) -> int:
    """Group convolution block: conv 3x3 in 32 groups, channel shuffle."""
    return graph.shuffle(graph.conv(x, "r", 64, 3, groups=32, bias=True), 32)


def regular(graph: Graph, x: int) -> int:
    """An ordinary 3x3 convolution: AE-Netv2+."""
    return graph.conv(x, "r", 64, 3, norm=True, relu=True)


def separable(graph: Graph, x: int) -> int:
    """Depthwise 3x3, then pointwise (Howard et al. 2017, MobileNets)."""
    x = graph.conv(x, "r_depthwise", 64, 3, groups=64, bias=True)
    return graph.conv(x, "r_pointwise", 64, 1, bias=True)


def fire(graph: Graph, x: int, name: str, squeeze: int, expand1: int, expand3: int, *, groups=1, norm=False) -> int:
    """Fire module (Iandola et al. 2016, SqueezeNet): 1x1 squeeze, then 1x1 and 3x3 expand side by side."""
    bias = not norm
    x = graph.conv(x, f"{name}_squeeze", squeeze, 1, bias=bias, norm=norm, relu=True)
    one = graph.conv(x, f"{name}_expand1", expand1, 1, bias=bias, norm=norm, relu=True)
    three = graph.conv(x, f"{name}_expand3", expand3, 3, groups=groups, bias=bias, norm=norm, relu=True)
    return graph.concat(one, three)


def squeeze(graph: Graph, x: int) -> int:
    """Fire module with batch norm, 16 maps of 1x1 and 48 of 3x3."""
    return fire(graph, x, "r", 32, 16, 48, norm=True)


def squeeze_gcb(graph: Graph, x: int, name: str = "r") -> int:
    """Fire module whose 3x3 has 16 groups, then channel shuffle."""
    return graph.shuffle(fire(graph, x, name, 16, 32, 32, groups=16), 16)


def squeeze2_gcb(graph: Graph, x: int) -> int:
    """That module twice."""
    return squeeze_gcb(graph, squeeze_gcb(graph, x, "r1"), "r2")


def inception(graph: Graph, x: int) -> int:
    """Four branches of 32 maps: 1x1, 3x3, 5x5, and pooling then 1x1 (Szegedy et al. 2015)."""
    one = graph.conv(x, "r_one", 32, 1, bias=True, relu=True)
    three = graph.conv(x, "r_three", 32, 3, bias=True, relu=True)
    five = graph.conv(x, "r_five", 32, 5, bias=True, relu=True)
    pooled = graph.conv(graph.pool(x, 3, 1), "r_pool", 32, 1, bias=True, relu=True)
    return graph.concat(one, three, five, pooled)


def gcb_inception(graph: Graph, x: int) -> int:
    """Four branches of 16 maps, 3x3 and 5x5 in 16 groups."""
    one = graph.conv(x, "r_one", 16, 1, norm=True, relu=True)
    three = graph.conv(x, "r_three", 16, 3, groups=16, bias=True)
    five = graph.conv(x, "r_five", 16, 5, groups=16, bias=True)
    pooled = graph.conv(graph.pool(x, 3, 1), "r_pool", 16, 1, norm=True, relu=True)
    return graph.concat(one, three, five, pooled)
