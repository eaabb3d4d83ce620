"""The same picture from the inside: the layers of the network, its weights, folding, the compiled kernel.

    python examples/expert.py near.png far.png fused.png

It shows that the layers of the paper, one by one in NumPy, and the folded network on the kernel give the same picture.
"""

import sys

import numpy as np

import aefusion
from aefusion.engine import Trained, cpu, fold
from aefusion.engine.layers import run_graph
from aefusion.engine.two_layers import TwoLayers
from aefusion.image.colour import join, split
from aefusion.image.depth import to_depth
from aefusion.network import MODELS, Graph, count
from aefusion.weights import find, load


def aenetv2() -> Graph:
    """C1, the group convolution block R, and C2 on the sum of both: equation 1 of the paper."""
    graph = Graph()
    c1 = graph.conv(graph.input(6), "c1", 64, 3, norm=True, relu=True)  # each gray picture three times
    r = graph.shuffle(graph.conv(c1, "r", 64, 3, groups=32, bias=True), 32)
    graph.output(graph.conv(graph.add(c1, r), "c2", 1, 3, norm=True))
    return graph


def multiply_adds(network: Trained) -> int:
    """How many multiply-adds a pixel takes: one for each weight of a convolution."""
    return sum(network.weights[f"{layer.name}.weight"].size for layer in network.graph if layer.op == "conv")


# The graph is a list of layers. The weights are arrays under the names of the layers.
graph = aenetv2()
assert graph == MODELS["aenetv2"].graph()
arrays, metadata = load(find("aenetv2"))
trained = Trained("aenetv2", graph, arrays, metadata)
folded = fold(trained)
print(f"{count(graph).parameters:,} parameters")
for title, network in (("trained", trained), ("folded", folded)):
    layers = ", ".join(layer.name or layer.op for layer in network.graph)
    print(f"{title}: {layers}: {multiply_adds(network):,} multiply-adds a pixel")

# The network fuses luminances; the colour comes back afterwards.
*paths, output = sys.argv[1:]
near, far = (aefusion.read(path) for path in paths)
parts = split(near, far)
a, b = (to_depth(gray, np.float32) for gray in (parts.a, parts.b))
fused = cpu.run(TwoLayers.of(folded), a, b, threads=2)
aefusion.write(output, join(parts, fused))

# The same without folding and without the kernel, layer by layer in NumPy.
slow = run_graph(graph, arrays, a, b)
kernel = next((f"the {name} kernel" for name in cpu.instruction_sets()), "OpenCV filters, as no kernel was compiled")
print(f"{output}: by {kernel}; NumPy differs by {np.abs(fused - slow).max():.0e} at most")
