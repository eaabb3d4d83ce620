"""The first layers of two classification networks, with weights that the user has: a file in torchvision's layout.

The weights are not ours to ship. torchvision's files:
https://download.pytorch.org/models/vgg19-dcbb9e9d.pth and
https://download.pytorch.org/models/resnet50-0676ba61.pth.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

Weights = str | Path | Mapping[str, torch.Tensor]
FILES = {"VGG-19": "vgg19-dcbb9e9d.pth", "ResNet-50": "resnet50-0676ba61.pth"}

# VGG-19 up to relu4_1: the places of the convolutions in torchvision's ``features``, those after a pooling marked
VGG_CONVOLUTIONS = {0: False, 2: False, 5: True, 7: False, 10: True, 12: False, 14: False, 16: False, 19: True}
VGG_OUTPUTS = {1: 0, 2: 5, 3: 10, 4: 19}  # the first convolution of each group
RESNET_BLOCKS = {1: 3, 2: 4, 3: 6, 4: 3}


def find_weights(weights: Weights | None, network: str, installed: Path | None = None) -> Mapping[str, torch.Tensor]:
    """The network's state dict: the given one, or that of the given file, of the file that the environment names, or of
    the one that is installed."""
    if isinstance(weights, Mapping):
        return weights
    short = network.replace("-", "")
    variable = f"AEFUSION_{short.upper()}"
    path = weights or os.environ.get(variable) or installed
    if not path:
        raise ValueError(
            f"the weights of {network} are not given: pass weights='{FILES[network]}' or set {variable} to that "
            f"file of torchvision's (https://download.pytorch.org/models/{FILES[network]}), or keep it with "
            f"`aefusion weights add {short.lower()} {FILES[network]}`"
        )
    if not Path(path).is_file():
        raise ValueError(f"{path}: there is no such file of weights of {network}")
    return _read(Path(path).resolve())


@cache
def _read(path: Path) -> Mapping[str, torch.Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _take(state: Mapping[str, torch.Tensor], key: str, network: str) -> torch.Tensor:
    if key not in state:
        raise ValueError(f"the weights have no {key}: give a state dict of torchvision's {network}")
    return state[key].float()


def to_network(picture: np.ndarray) -> torch.Tensor:
    """float32 (H, W) to (1, 3, H, W): the gray picture three times."""
    return torch.from_numpy(np.ascontiguousarray(picture, np.float32)).expand(1, 3, *picture.shape)


@torch.inference_mode()
def vgg_features(
    state: Mapping[str, torch.Tensor], picture: np.ndarray, groups: int, rectified: bool = True
) -> list[torch.Tensor]:
    """relu1_1, relu2_1, ... of VGG-19, the first ``groups`` of them (up to 4): each (channels, h, w).

    ``rectified=False`` gives conv1_1, conv2_1, ..., as they are before the ReLU. ``picture``: float32 (H, W), both at
    least 2 ** (groups - 1), taken as it is, three times.
    """
    values = to_network(picture)
    outputs = []
    for place, pooled in VGG_CONVOLUTIONS.items():
        if pooled:
            values = F.max_pool2d(values, 2)
        kernel, bias = (_take(state, f"features.{place}.{part}", "VGG-19") for part in ("weight", "bias"))
        signed = F.conv2d(values, kernel, bias, padding=1)
        values = F.relu(signed)
        if place in VGG_OUTPUTS.values():
            outputs.append((values if rectified else signed)[0])
            if len(outputs) == groups:
                break
    return outputs


@torch.inference_mode()
def resnet_features(
    state: Mapping[str, torch.Tensor], picture: np.ndarray, stages: int, normalise: bool = True
) -> torch.Tensor:
    """The output of conv2_x (``stages`` 1) to conv5_x (4) of ResNet-50: (channels, h, w).

    ``picture``: float32 (H, W) in [0, 1]; ``normalise``: by mean and deviation of ImageNet, as the weights expect it.
    """
    values = to_network(picture)
    if normalise:
        mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[:, :, None, None]
        values = (values - mean) / deviation
    values = F.relu(_convolve(state, values, "conv1", "bn1", stride=2, padding=3))
    values = F.max_pool2d(values, 3, 2, 1)
    for stage in range(1, stages + 1):
        for block in range(RESNET_BLOCKS[stage]):
            name = f"layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            inner = F.relu(_convolve(state, values, f"{name}.conv1", f"{name}.bn1"))
            inner = F.relu(_convolve(state, inner, f"{name}.conv2", f"{name}.bn2", stride=stride, padding=1))
            inner = _convolve(state, inner, f"{name}.conv3", f"{name}.bn3")
            if block == 0:
                values = _convolve(state, values, f"{name}.downsample.0", f"{name}.downsample.1", stride=stride)
            values = F.relu(values + inner)
    return values[0]


def _convolve(state, values, convolution, normalisation, stride=1, padding=0) -> torch.Tensor:
    kernel = _take(state, f"{convolution}.weight", "ResNet-50")
    weight, bias, mean, variance = (
        _take(state, f"{normalisation}.{part}", "ResNet-50")
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    values = F.conv2d(values, kernel, stride=stride, padding=padding)
    return F.batch_norm(values, mean, variance, weight, bias)


def random_weights(network: str, seed: int = 0) -> dict[str, torch.Tensor]:
    """A state dict of the right shapes with random values: for tests of what needs no trained weights."""
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, torch.Tensor] = {}

    def add(name: str, inputs: int, outputs: int, size: int) -> None:
        scale = (2 / (inputs * size**2)) ** 0.5
        state[f"{name}.weight"] = scale * torch.randn(outputs, inputs, size, size, generator=generator)

    def add_normalisation(name: str, channels: int) -> None:
        for part, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            state[f"{name}.{part}"] = torch.full((channels,), value)

    if network == "VGG-19":
        channels = 3
        for place in VGG_CONVOLUTIONS:
            width = {0: 64, 2: 64, 5: 128, 7: 128, 19: 512}.get(place, 256)
            add(f"features.{place}", channels, width, 3)
            state[f"features.{place}.bias"] = torch.zeros(width)
            channels = width
        return state
    add("conv1", 3, 64, 7)
    add_normalisation("bn1", 64)
    channels = 64
    for stage, blocks in RESNET_BLOCKS.items():
        width = 32 * 2**stage
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            shapes = [("conv1", channels, width, 1), ("conv2", width, width, 3), ("conv3", width, 4 * width, 1)]
            for number, (part, inputs, outputs, size) in enumerate(shapes, 1):
                add(f"{name}.{part}", inputs, outputs, size)
                add_normalisation(f"{name}.bn{number}", outputs)
            if block == 0:
                add(f"{name}.downsample.0", channels, 4 * width, 1)
                add_normalisation(f"{name}.downsample.1", 4 * width)
            channels = 4 * width
    return state
