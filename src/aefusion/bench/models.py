"""The networks and weights of this package, as a table."""

from os import PathLike
from pathlib import Path
from typing import Any

from aefusion.engine import Trained
from aefusion.files import write_whole
from aefusion.network import MODELS
from aefusion.network.draw import draw
from aefusion.network.own import model_of
from aefusion.weights import shipped


def models(height: int = 400, width: int = 400) -> list[dict[str, Any]]:
    """A row for each network and each set of weights: parameters, FLOPs at ``height`` x ``width`` (as in Table VI)."""
    files = shipped()
    of_tasks = {name: name.rpartition("-") for name in files if name not in MODELS}
    found = [(model.name, model.title, model) for model in MODELS.values()]
    found += [(name, f"weights for {task} alone", MODELS[model]) for name, (model, _, task) in of_tasks.items()]
    rows = []
    for name, title, model in found:
        cost = model.cost(height, width)
        rows.append(
            {
                "name": name,
                "title": title,
                "parameters": cost.parameters,
                "FLOPs": cost.flops,
                "weights (bytes)": files[name].stat().st_size if name in files else None,
                "paper": model.paper,
            }
        )
    return rows


def drawn(network: str, path: str | PathLike[str]) -> Path:
    """Draw a network as an SVG file, see `network.draw`; a name, a file of weights, or ``file.py:function``."""
    path = Path(path)
    if path.suffix.lower() != ".svg":
        raise ValueError(f"{path}: a drawing is SVG: let the name end in .svg")
    model = Trained.load(network).model if network.endswith(".safetensors") else model_of(network)
    write_whole(path, draw(model).encode())
    return path
