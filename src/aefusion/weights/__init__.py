"""Trained weights, one safetensors file a model, each with a card (NAME.md) and the recipe that made it (NAME.yaml).

    arrays, metadata = load(find("aenetv2"))    read a file
    save("mine.safetensors", arrays, metadata)  write one

A name stands for weights in this folder (`shipped`). To ship others, put their three files here.
"""

import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError, write_whole
from aefusion.network import MODELS

FOLDER = Path(__file__).parent


def save(path: str | PathLike[str], arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> None:
    """Write a file of weights; never half of one.

    ``arrays``: by the names of a state dict; they are stored as float32. `network.shapes` says which a network needs.
    ``metadata``: what is to be known about them, as JSON can hold it; "model" must be the network's name in MODELS, so
    that `engine.Trained.load` knows what they are for. FileError if the file cannot be written, ValueError if a number
    is not finite.
    """
    from safetensors.numpy import save as to_bytes

    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    if wrong := not_finite(arrays):
        raise ValueError(f"{path}: not written: the weights {wrong} are not finite numbers")
    write_whole(path, to_bytes(arrays, {"aefusion": json.dumps(metadata)}))


def load(path: str | PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and metadata of a file of weights, as `save` was given them.

    FileError if it is no such file, and if its numbers are not finite.

    The metadata is empty where another program wrote the file. Nothing in it is run, as a pickled checkpoint would be.

    >>> arrays, metadata = load(find("aenetv2"))
    >>> metadata["model"], arrays["c1.weight"].shape, arrays["c1.weight"].dtype
    ('aenetv2', (64, 6, 3, 3), dtype('float32'))
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            metadata = json.loads((file.metadata() or {}).get("aefusion", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        wrong = f"not a file of weights (safetensors; {error})"
        raise FileError(path, wrong, "give one that training wrote") from error
    if wrong := not_finite(arrays):
        raise FileError(path, f"the weights {wrong} are not finite numbers", "train them again, at a lower rate")
    return arrays, metadata if isinstance(metadata, dict) else {}


def not_finite(arrays: dict[str, np.ndarray]) -> str:
    """The names of arrays that hold anything but finite numbers, with commas; empty if none does."""
    return ", ".join(name for name, array in arrays.items() if not np.isfinite(array).all())


def shipped() -> dict[str, Path]:
    """Name and file of every set of weights in the package."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.safetensors"))}


def find(model: str | PathLike[str]) -> Path:
    """The file of weights that ``model`` stands for: the name of a shipped one, or the path of any.

    ValueError, which names what is shipped, if there is no such file.

    >>> find("aenetv2").name
    'aenetv2.safetensors'
    """
    path = shipped().get(str(model)) or Path(model)
    if path.is_file():
        return path
    if path.suffix == ".safetensors":
        raise FileError(path, "no such file of weights", "look for the name, or train some")
    if model in MODELS:
        raise ValueError(f"{model}: no weights of this network are shipped; train some and give their file")
    raise ValueError(f"unknown model {str(model)!r}; shipped are {', '.join(shipped())}; or give a .safetensors file")
