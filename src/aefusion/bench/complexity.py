"""The paper's Table VI: parameters and FLOPs of the networks, ours and the paper's."""

from collections.abc import Iterable
from os import PathLike
from typing import Any

import numpy as np

from aefusion.bench.paper import TABLE_VI
from aefusion.bench.results import Results
from aefusion.bench.tables import Table, text
from aefusion.engine import Trained
from aefusion.engine.fold import merge_layers
from aefusion.engine.multiply_adds import multiply_adds
from aefusion.network import MODELS, Graph, Model, count, shapes
from aefusion.network.count import Cost
from aefusion.network.own import model_of

SIZE = 400
NOTE = (
    "One FLOP for each multiply-accumulate, one for each bias, two for each batch-normalised value; activations, "
    "pooling, resizing and borders count nothing. With this convention the rows of AE-Netv2, + and ++ come out to the "
    "unit, and so does IFCNN's, counted from its public architecture. A network without pooling that uses each weight "
    "once a pixel has one FLOP a parameter and pixel (IFCNN's first two layers see both sources: 1.56; AE-Net pools: "
    "less). U2Fusion's 2.00 is a multiplication and an addition counted apart: hold half of its FLOPs against the "
    "others. AE-Net and U2Fusion are not in this package, their rows are the paper's. Deployed: multiply-accumulates "
    "a pixel that are left once the network is folded, as it runs here."
)


def bench_complexity(networks: Iterable[str] = (), *, results: str | PathLike[str] | None = None) -> Results:
    """Count every network at 400 x 400; a row for each, beside the paper's Table VI.

    ``networks``: more of them, ``file.py:function`` that builds a graph. ``results``: a folder, in which they are kept.
    """
    own_networks = [model_of(name) for name in networks]
    with Results("complexity", {"size": SIZE}, folder=results, fresh=True, needed=False) as counted:
        for name, model in MODELS.items():
            own = {"title": model.title} | vars(model.cost(SIZE, SIZE)) | {"deployed": deployed(model)}
            counted.add({"network": name}, facts=own, paper=paper(name))
        for model in own_networks:
            own = {"title": model.title} | vars(model.cost(SIZE, SIZE)) | {"deployed": deployed(model)}
            counted.add({"network": model.name}, facts=own)
        for name, (title, *_) in TABLE_VI.items():
            if name not in MODELS:
                own = {"title": title} | (vars(ifcnn()) if name == "ifcnn" else {})
                counted.add({"network": name}, facts=own, paper=paper(name))
    return counted


def paper(name: str) -> dict[str, Any]:
    """Parameters and FLOPs as the paper prints them; empty where it has no such network."""
    return dict(zip(("parameters", "flops"), TABLE_VI[name][1:], strict=True)) if name in TABLE_VI else {}


def deployed(model: Model) -> int:
    """Multiply-accumulates a pixel of the folded network; its weights do not matter.

    >>> deployed(MODELS["aenetv2"])
    2752
    """
    graph = model.graph()
    weights = {name: np.ones(shape, np.float32) for name, shape in shapes(graph).items()}
    merged = merge_layers(Trained(model.name, graph, weights, {})).graph
    applied = model.cost(SIZE, SIZE).flops / count(graph, SIZE, SIZE).flops  # more than once on a pyramid
    return round(multiply_adds(merged) * applied)


def ifcnn() -> Cost:
    """IFCNN (Zhang et al. 2020) from its public architecture: two layers on each source, two on their maximum.

    >>> ifcnn() == Cost(*TABLE_VI["ifcnn"][1:])
    True
    """
    each, joint = Graph(), Graph()
    features = each.conv(each.input(3), "conv1", 64, 7)
    each.conv(features, "conv2", 64, 3, norm=True, relu=True)
    joint.conv(joint.conv(joint.input(64), "conv3", 64, 3, norm=True, relu=True), "conv4", 3, 1, bias=True)
    source, rest = (count(graph, SIZE, SIZE) for graph in (each, joint))
    return Cost(source.parameters + rest.parameters, 2 * source.flops + rest.flops)


def tables(content: dict[str, Any]) -> list[Table]:
    """Table VI, ours beside the paper's."""
    heads = (
        "network", "parameters", "paper", "FLOPs", "paper: FLOPs", "FLOPs a parameter and pixel", "deployed, a pixel",
    )  # fmt: skip
    table = Table(f"Table VI: complexity at {SIZE} x {SIZE}", heads, note=NOTE)
    for row in content["rows"]:
        own, printed = row["facts"], row["paper"]
        known = own if "flops" in own else printed
        table.add(
            own["title"], text(own.get("parameters")), text(printed.get("parameters")), text(own.get("flops")),
            text(printed.get("flops")), f"{known['flops'] / known['parameters'] / SIZE**2:.2f}",
            text(own.get("deployed")),
            bold=row["key"]["network"] in MODELS,
        )  # fmt: skip
    return [table]
