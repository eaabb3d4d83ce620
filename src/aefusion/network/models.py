"""The networks of the family: where C1, the block R and C2 stand, and the one with pooling."""

from collections.abc import Callable

from aefusion.network.blocks import fire, gcb
from aefusion.network.graph import Graph


def aenetv2(block: Callable[[Graph, int], int] = gcb, *, hop: bool = True) -> Graph:
    """C1, the block R, C2 on C1(x) + R(C1(x)): the paper's equation 1 and figure 2.

    The input has 6 channels: each gray picture three times.
    """
    graph = Graph()
    f = graph.conv(graph.input(6), "c1", 64, 3, norm=True, relu=True)
    r = block(graph, f)
    graph.output(graph.conv(graph.add(f, r) if hop else r, "c2", 1, 3, norm=True))
    return graph


def aenetv2_plusplus() -> Graph:
    """1x1 convolutions around the group convolution, no hop, no batch norm."""
    graph = Graph()
    f = graph.conv(graph.input(6), "c1", 64, 1, groups=2, bias=True, relu=True)
    graph.output(graph.conv(gcb(graph, f), "c2", 1, 1, bias=True))
    return graph


def aenetv2_m() -> Graph:
    """With pooling, figure 3: a U-Net (Ronneberger et al. 2015) of Fire modules between C1 and C2."""
    graph = Graph()
    f0 = graph.conv(graph.input(6), "c1", 64, 3, norm=True, relu=True)
    f1 = fire(graph, graph.pool(f0, 2, 2), "down1", 8, 32, 32)
    f2 = fire(graph, graph.pool(f1, 2, 2), "down2", 16, 32, 32)
    f3 = fire(graph, graph.pool(f2, 2, 2), "down3", 32, 128, 128)
    u2 = fire(graph, graph.concat(graph.upsample(f3), f2), "up3", 16, 32, 32)
    u1 = fire(graph, graph.concat(graph.upsample(u2), f1), "up2", 8, 32, 32)
    u0 = fire(graph, graph.concat(graph.upsample(u1), f0), "up1", 8, 32, 32)
    graph.output(graph.conv(u0, "c2", 1, 3, norm=True))
    return graph
