from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aefusion.engine.layers import EPSILON, shuffled
from aefusion.network.graph import Graph, Layer, run

OPSET = 17


@dataclass
class Nodes:
    """Operations for `network.graph.run` that write ONNX nodes; the values they hand on are names."""

    weights: dict[str, np.ndarray]
    nodes: list = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def node(self, kind: str, *inputs: str, **attributes) -> str:
        from onnx import helper

        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, value, dtype: Any = np.int64) -> str:
        self.constants[name] = np.asarray(value, dtype)
        return name

    def parts(self, layer: Layer, *parts: str) -> list[str]:
        return [
            self.constant(f"{layer.name}.{part}", self.weights[f"{layer.name}.{part}"], np.float32) for part in parts
        ]

    def conv(self, layer, x):
        parts = self.parts(layer, "weight", "bias") if layer.bias else self.parts(layer, "weight")
        return self.node("Conv", x, *parts, group=layer.groups)

    def norm(self, layer, x):
        parts = self.parts(layer, "weight", "bias", "running_mean", "running_var")
        return self.node("BatchNormalization", x, *parts, epsilon=EPSILON)

    def relu(self, layer, x):
        return self.node("Relu", x)

    def output(self, layer, x):
        return self.node("Clip", x, self.constant("zero", 0, np.float32), self.constant("one", 1, np.float32))

    def shuffle(self, layer, x):
        order = self.constant(f"order_{len(self.nodes)}", shuffled(layer))
        return self.node("Gather", x, order, axis=1)

    def pool(self, layer, x):
        return self.node("MaxPool", x, kernel_shape=[layer.kernel] * 2, strides=[layer.amount] * 2)

    def upsample(self, layer, x):
        scales = self.constant("double", [1, 1, 2, 2], np.float32)
        return self.node(
            "Resize", x, "", scales, mode="nearest", nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )  # fmt: skip

    def crop(self, layer, x):
        n = layer.amount
        ends = self.constant(f"end_{n}", [-n, -n])
        return self.node("Slice", x, self.constant(f"start_{n}", [n, n]), ends, self.constant("axes", [2, 3]))

    def add(self, layer, *xs):
        return self.node("Sum", *xs)

    def concat(self, layer, *xs):
        return self.node("Concat", *xs, axis=1)

    def pad(self, x: str, size: str, margin: int, multiple: int) -> str:
        """Reflect by the margin, and below and right up to the next multiple; `size` is [height, width]."""
        begin = self.constant("pad_begin", [0, 0, margin, margin, 0, 0])
        if multiple == 1:
            more = self.constant("pad_end", [margin, margin])
        else:
            step = self.constant("multiple", [multiple, multiple])
            rest = self.node("Mod", self.node("Neg", size), step)
            more = self.node("Add", rest, self.constant("margin", [margin, margin]))
        return self.node("Pad", x, self.node("Concat", begin, more, axis=0), mode="reflect")


def to_onnx(graph: Graph, weights: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """The network as an ONNX model: inputs ``a``, ``b``, output ``fused``, float32 (N, 1, height, width) in [0, 1].

    Padding is inside; height and width may be anything above 3 pixels (AE-Netv2-M: 30).
    """
    from onnx import checker, helper, numpy_helper

    build = Nodes(weights)
    size = build.node("Slice", build.node("Shape", "a"), build.constant("two", [2]), build.constant("four", [4]))
    padded = [build.pad(x, size, graph.margin, graph.multiple) for x in ("a", "b")]
    copies = graph[0].channels // 2
    picture = build.node("Concat", *[x for x in padded for _ in range(copies)], axis=1)
    result = run(graph, build, picture)
    if graph.multiple > 1:
        start = build.constant("origin", [0, 0])
        result = build.node("Slice", result, start, size, build.constant("axes", [2, 3]))
    build.nodes.append(helper.make_node("Identity", [result], ["fused"], name="fused"))

    shape = ["N", 1, "height", "width"]
    a, b, fused = (helper.make_tensor_value_info(name, 1, shape) for name in ("a", "b", "fused"))
    constants = [numpy_helper.from_array(value, name) for name, value in build.constants.items()]
    model = helper.make_model(
        helper.make_graph(build.nodes, metadata.get("name", "aefusion"), [a, b], [fused], constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="aefusion",
    )
    helper.set_model_props(model, metadata)
    checker.check_model(model)
    return model.SerializeToString()
