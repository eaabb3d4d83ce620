"""Maps that work: what is silent, how it is woken, and that weights shipped from now on have few silent maps."""

import numpy as np
import pytest
import torch
from random_network import random_network

from aefusion.evolution.alive import Watch, bias, wake
from aefusion.evolution.train import initialise
from aefusion.network import MODELS
from aefusion.weights import load, shipped

LAYERS = {
    "aenetv2": ["c1"],
    "aenetv2-squeeze2-gcb": ["c1", *(f"r{i}_{part}" for i in (1, 2) for part in ("squeeze", "expand1", "expand3"))],
}
MOST = 2
"""Silent maps in a layer of shipped weights."""


def awake(name: str):
    """A random network whose maps are all above zero somewhere, before the pyramid where it has one."""
    network = random_network(name)
    a, b = torch.rand(2, 1, 1, 40, 40)
    wake(
        network,
        a,
        b,
        {layer: torch.ones(network.get_submodule(layer).out_channels, dtype=torch.bool) for layer in LAYERS[name]},
    )
    return network


def silenced(name: str, layer: str, channels: list[int]):
    network = awake(name)
    with torch.no_grad():
        bias(network, layer)[channels] = -1e3
    return network


def test_silent_maps_are_counted_of_each_layer_with_an_activation():
    network = silenced("aenetv2-squeeze2-gcb", "r1_squeeze", [3, 7])
    others = Watch(awake("aenetv2-squeeze2-gcb"))
    a, b = torch.rand(2, 1, 1, 40, 40)
    watch = Watch(network)
    with torch.no_grad():
        expected = random_network("aenetv2-squeeze2-gcb")
        expected.load_state_dict(network.state_dict())
        torch.testing.assert_close(network(a, b), expected.eval()(a, b))
        others.network(a, b)
    assert set(others.counts().values()) == {0}
    counts = watch.counts()
    assert list(counts) == LAYERS["aenetv2-squeeze2-gcb"]
    assert counts["r1_squeeze"] == 2 and counts["c1"] == 0
    assert watch.silent()["r1_squeeze"].nonzero().flatten().tolist() == [3, 7]
    watch.forget()
    assert watch.counts() == {}


def test_a_map_counts_as_alive_if_any_level_of_a_pyramid_hears_it():
    network = MODELS["aenetv2-p"].network(fast=True).eval()
    network.load_state_dict(silenced("aenetv2", "c1", [0]).state_dict())
    watch = Watch(network)
    with torch.no_grad():
        network(*torch.rand(2, 1, 1, 64, 64))
    assert watch.counts() == {"c1": 1}


@pytest.mark.parametrize(("name", "layer"), [("aenetv2", "c1"), ("aenetv2-squeeze2-gcb", "r2_expand3")])
def test_woken_maps_are_above_zero_on_half_of_the_pictures_and_others_stay(name, layer):
    network = silenced(name, layer, [1, 5])
    before = {key: value.clone() for key, value in network.state_dict().items()}
    a, b = torch.rand(2, 2, 1, 48, 48)
    rows = torch.zeros(len(bias(network, layer)), dtype=torch.bool)
    rows[[1, 5]] = True
    wake(network, a, b, {layer: rows}, deviation=0.05, draw=torch.Generator().manual_seed(0))
    seen = {}
    norm = f"{layer}_norm" if name == "aenetv2" else layer
    hook = network.get_submodule(norm).register_forward_hook(lambda module, inputs, output: seen.update(x=output))
    with torch.no_grad():
        network(a, b)
    hook.remove()
    maps = seen["x"][:, rows].transpose(0, 1).flatten(1)
    assert (maps > 0).float().mean(1).sub(0.5).abs().max() < 0.05
    assert maps.std(1).sub(0.05).abs().max() < 0.01
    for key, value in network.state_dict().items():
        if key.startswith(layer) and value.ndim:
            torch.testing.assert_close(value[~rows], before[key][~rows])
        elif value.ndim:
            torch.testing.assert_close(value, before[key])


@pytest.mark.parametrize("name", ["aenetv2-squeeze2-gcb", "aenetv2-inception", "aenetv2-plusplus"])
def test_from_random_weights_no_map_is_silent_at_the_start(name):
    torch.manual_seed(0)
    network = MODELS[name].network(fast=True)
    a, b = torch.rand(2, 4, 1, 40, 40)
    initialise(network, a, b, (a + b) / 2)
    watch = Watch(network.eval())
    with torch.no_grad():
        network(a, b)
    assert sum(watch.counts().values()) == 0, watch.counts()


def test_shipped_weights_are_alive():
    """Those that were made before this was measured are listed with their silent maps until they are replaced."""
    for name, path in shipped().items():
        silent = load(path)[1].get("silent")
        if silent is None:
            assert name in BEFORE, f"{name}: its metadata do not say how many maps are silent"
        else:
            assert silent and max(silent.values()) <= MOST, f"{name}: silent maps {silent}"
            assert name not in BEFORE, f"{name}: alive now, take it off the list"


def test_the_shipped_default_is_as_silent_as_the_list_says():
    """On pictures of its own: the list was measured on the pairs kept aside, by `python studies/silent.py`."""
    from aefusion.engine import Trained

    trained = Trained.load("aenetv2")
    network = MODELS["aenetv2"].network(fast=True).eval()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in trained.weights.items()}, strict=False)
    watch, rng = Watch(network), np.random.default_rng(0)
    pictures = torch.from_numpy(rng.random((2, 4, 1, 64, 64), np.float32))
    with torch.no_grad():
        network(*pictures)
        network(*torch.nn.functional.avg_pool2d(pictures.flatten(0, 1), 7, 1, 3).view(2, 4, 1, 64, 64))
    assert watch.counts()["c1"] == pytest.approx(BEFORE["aenetv2"]["c1"], abs=8)


BEFORE: dict[str, dict[str, int]] = {
    "aenetv2-exposure": {"c1": 25},
    "aenetv2-focus": {"c1": 25},
    "aenetv2-gcb-inception": {"c1": 1, "r_one": 0, "r_pool": 3},
    "aenetv2-inception": {"c1": 4, "r_one": 4, "r_three": 15, "r_five": 30, "r_pool": 7},
    "aenetv2-infrared": {"c1": 26},
    "aenetv2-m": {
        "c1": 3,
        "down1_squeeze": 2,
        "down1_expand1": 2,
        "down1_expand3": 4,
        "down2_squeeze": 5,
        "down2_expand1": 11,
        "down2_expand3": 13,
        "down3_squeeze": 13,
        "down3_expand1": 55,
        "down3_expand3": 82,
        "up3_squeeze": 16,
        "up3_expand1": 22,
        "up3_expand3": 15,
        "up2_squeeze": 6,
        "up2_expand1": 11,
        "up2_expand3": 14,
        "up1_squeeze": 2,
        "up1_expand1": 7,
        "up1_expand3": 1,
    },
    "aenetv2-medical": {"c1": 25},
    "aenetv2-p": {"c1": 25},
    "aenetv2-plus-focus": {"c1": 7, "r": 1},
    "aenetv2-plus": {"c1": 10, "r": 4},
    "aenetv2-plusplus": {"c1": 26},
    "aenetv2-separable": {"c1": 6},
    "aenetv2-squeeze-gcb": {"c1": 5, "r_squeeze": 3, "r_expand1": 4, "r_expand3": 8},
    "aenetv2-squeeze": {"c1": 4, "r_squeeze": 8, "r_expand1": 1, "r_expand3": 3},
    "aenetv2-squeeze2-gcb": {
        "c1": 2,
        "r1_squeeze": 0,
        "r1_expand1": 6,
        "r1_expand3": 0,
        "r2_squeeze": 5,
        "r2_expand1": 9,
        "r2_expand3": 7,
    },
    "aenetv2": {"c1": 25},
}
"""Weights that were made before, and their silent maps: `python studies/silent.py DATA --crop 128`."""
