"""Trained weights, one safetensors file a model, each with a card (NAME.md) and the recipe that made it (NAME.yaml)."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import write_whole
from aefusion.network import MODELS

FOLDER = Path(__file__).parent


def save(path: Path, arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> None:
    """Write weights (state dict names, float32 arrays) and what is to be known about them; never half a file."""
    from safetensors.numpy import save as to_bytes

    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    write_whole(path, to_bytes(arrays, {"aefusion": json.dumps(metadata)}))


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and metadata of a file of weights."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            metadata = json.loads((file.metadata() or {}).get("aefusion", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{path}: not a file of weights (safetensors): {error}") from error
    return arrays, metadata if isinstance(metadata, dict) else {}


def shipped() -> dict[str, Path]:
    """Name and file of every set of weights in the package."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.safetensors"))}


def find(model: str) -> Path:
    """The file of a shipped model, by name, or of a path to a file of weights."""
    path = shipped().get(model) or Path(model)
    if path.is_file():
        return path
    if path.suffix == ".safetensors":
        raise ValueError(f"{model}: no such file of weights")
    if model in MODELS:
        raise ValueError(f"{model}: no weights of this network are shipped; train some and give their file")
    raise ValueError(f"unknown model {model!r}; shipped are {', '.join(shipped())}; or give a .safetensors file")
