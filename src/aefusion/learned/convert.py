"""Published files of weights as the state dict of the network here: names and order of axes are brought together."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aefusion.files import FileError
from aefusion.learned.read_tensorflow import read_tensorflow

State = dict[str, np.ndarray]


def convert(method: str, files: list[Path]) -> State:
    """The state dict of a method's network from the files of its authors; their kind goes by their suffix.

    A TensorFlow checkpoint (.index and .data-00000-of-00001; TensorFlow is not needed), PyTorch (.pth, .pt, .model;
    only tensors are read), NumPy (.npz), MATLAB 5 (.mat), or safetensors, which is taken as it is. No code in them is
    run. FileError if a file is none of these.
    """
    first = next((path for path in files if path.suffix == ".index"), files[0])
    if first.suffix == ".index":
        return from_tensorflow(read_tensorflow(first))
    if ".data-" in first.name:
        return from_tensorflow(read_tensorflow(first.with_name(f"{first.name.partition('.data-')[0]}.index")))
    if first.suffix == ".safetensors":
        from aefusion.weights import load

        return load(first)[0]
    readers: dict[str, tuple[Callable[[Path], State], Callable[[State], State]]] = {
        ".pth": (_read_torch, from_torch), ".pt": (_read_torch, from_torch), ".model": (_read_torch, from_torch),
        ".npz": (_read_npz, from_npz), ".mat": (_read_mat, from_mat),
    }  # fmt: skip
    if first.suffix not in readers:
        kinds = ".index with .data-00000-of-00001, .safetensors, " + ", ".join(readers)
        raise FileError(first, "no file of weights", f"give one of {kinds}")
    read, change = readers[first.suffix]
    try:
        return change(read(first))
    except (ValueError, KeyError, IndexError, TypeError, OSError) as error:
        wrong = " ".join(str(error).split())[:120]
        raise FileError(first, f"not the weights of {method} ({wrong})", f"see `aefusion weights {method}`") from None


def from_tensorflow(arrays: State) -> State:
    """Kernels are (height, width, in, out) there; moments of Adam and counters are left out."""
    parts = {"gamma": "norm.weight", "beta": "norm.bias", "moving_mean": "norm.running_mean",
             "moving_variance": "norm.running_var"}  # fmt: skip
    state: State = {}
    normed = {name.split("/")[-3] for name in arrays if "BatchNorm/" in name}
    scoped = {name.split("/")[-2] for name in arrays if re.fullmatch(r"w\d\w*", name.rpartition("/")[2])}
    for name, array in arrays.items():
        *_, layer, part = name.split("/") if "/" in name else ("", name)
        if part in parts and layer == "BatchNorm":
            state[f"{name.split('/')[-3]}.{parts[part]}"] = array
            continue
        inner = f"{layer}.conv" if layer in normed | scoped else layer
        if part == "kernel" or re.fullmatch(r"w\d\w*", part):
            state[f"{inner}.weight"] = array.transpose(3, 2, 0, 1)
        elif part == "bias" or re.fullmatch(r"b\d\w*", part):
            state[f"{inner}.bias"] = array
    return {name: array for name, array in state.items() if not name.startswith(("discriminator", "D_"))}


def from_torch(arrays: State) -> State:
    """The names are the same but for those of wrappers around a convolution."""
    return {
        re.sub(r"\.(denseblock|conv2d)(?=\.)", "", name): array
        for name, array in arrays.items()
        if "num_batches" not in name
    }


def from_npz(arrays: State) -> State:
    """DeepFuse: filters are applied flipped there (Lasagne)."""
    return {f"conv{number + 1}.weight": arrays[f"arr_{number}"][:, :, ::-1, ::-1] for number in range(len(arrays))}


def from_mat(arrays: State) -> State:
    """CNN_IV and CNN_MF: a patch is stored column by column; (in, patch, out), or (patch, out) of one map.

    The published code loads the biases of the last layers and never adds them, so that they are 0 here.
    """
    state: State = {}
    names = {"b1_1": "conv1", "b1_2": "conv2", "b1_3": "conv3", "feature": "feature", "output": "output"}
    for name, layer in names.items():
        if f"weights_{name}" not in arrays and name == "feature":
            continue
        kernel = arrays[f"weights_{name}"]
        kernel = kernel[None] if kernel.ndim == 2 and name == "b1_1" else kernel
        inputs, patch, outputs = kernel.shape if kernel.ndim == 3 else (kernel.shape[0], 1, kernel.shape[1])
        side = round(patch**0.5)
        state[f"{layer}.weight"] = kernel.reshape(inputs, side, side, outputs).transpose(3, 0, 2, 1)
        bias = np.ravel(arrays.get(f"biases_{name}", np.zeros(outputs)))
        state[f"{layer}.bias"] = bias if layer.startswith("conv") else np.zeros_like(bias)
    return state


def _read_torch(path: Path) -> State:
    from pickle import UnpicklingError  # what PyTorch raises when a file holds more than tensors

    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"not tensors alone: {str(error).splitlines()[0] if str(error) else 'empty'}") from None
    if not isinstance(state, dict):
        raise ValueError("no state dict")
    return {str(name): x.numpy() for name, x in state.items() if isinstance(x, torch.Tensor)}


def _read_npz(path: Path) -> State:
    import zipfile

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (zipfile.BadZipFile, EOFError, AttributeError) as error:
        raise ValueError(f"not an archive of arrays: {error}") from None


def _read_mat(path: Path) -> State:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return {name: x for name, x in loadmat(path).items() if isinstance(x, np.ndarray)}
    except (MatReadError, NotImplementedError) as error:
        raise ValueError(f"not MATLAB 5: {error}") from None
