from typing import Any

from aefusion.network import MODELS
from aefusion.weights import shipped


def models(height: int = 400, width: int = 400) -> list[dict[str, Any]]:
    """A row for each network: name, parameters, FLOPs at ``height`` x ``width`` (Table VI's convention), weights."""
    files = shipped()
    rows = []
    for model in MODELS.values():
        cost = model.cost(height, width)
        rows.append(
            {
                "name": model.name,
                "title": model.title,
                "parameters": cost.parameters,
                "FLOPs": cost.flops,
                "weights (bytes)": files[model.name].stat().st_size if model.name in files else None,
                "paper": model.paper,
            }
        )
    return rows
