from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from aefusion.files import FileError
from aefusion.learned.find_weights import find_weights

Weights = str | Path | Mapping[str, Any]
"""The name of a set of weights, a file (.safetensors), or a state dict of tensors or arrays."""
Kind = TypeVar("Kind", bound=nn.Module)


def ready(method: str, network: Callable[[], Kind], weights: Weights | None) -> Kind:
    """The network of a method with these weights, to be used and not to be trained.

    ValueError, one line, if there are no such weights, or if they are those of another network.
    """
    if isinstance(weights, Mapping):
        state, called = {name: torch.as_tensor(array) for name, array in weights.items()}, f"the weights of {method}"
    else:
        path = find_weights(method, weights)
        state, called = _read(path, path.stat().st_mtime_ns), str(path)
    with torch.device("meta"):
        module = network()
    fits(shapes(module), state, called)
    module.load_state_dict(state, strict=False, assign=True)  # all is there but the counts of batches
    return module.eval()


def fits(needed: Mapping[str, tuple[int, ...]], state: Mapping[str, Any], called: str) -> None:
    """FileError unless the arrays are those that are needed, all of them and no others."""
    given = {name: tuple(array.shape) for name, array in state.items() if "num_batches" not in name}
    for name in [*needed, *given]:
        if given.get(name) != needed.get(name):
            wrong = f"{name} is {given.get(name, 'missing')}, but the network has {needed.get(name, 'no such array')}"
            raise FileError(called, wrong, "give the weights of this very network")


def shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """The name and shape of every array of a network's weights."""
    return {name: tuple(x.shape) for name, x in module.state_dict().items() if "num_batches" not in name}


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> dict[str, Tensor]:
    from aefusion.weights import load

    return {name: torch.from_numpy(array) for name, array in load(path)[0].items()}
