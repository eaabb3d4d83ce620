import numpy as np
import pytest
import torch
from random_network import random_network

from aefusion.engine import Trained, fold
from aefusion.network import MODELS, count
from aefusion.network.module import Network, pad
from aefusion.network.pyramid import enlarged, reduced
from aefusion.network.tail import linear_tail

COUNTS = {  # parameters and FLOPs at 400 x 400; those of the paper's table VI are the first three
    "aenetv2": (5_378, 860_480_000),
    "aenetv2-plus": (41_154, 6_584_640_000),
    "aenetv2-plusplus": (1_537, 245_920_000),
    "aenetv2-separable": (8_962, 8_962 * 160_000),
    "aenetv2-squeeze": (20_738, 20_738 * 160_000),
    "aenetv2-inception": (78_594, 78_594 * 160_000),
    "aenetv2-gcb-inception": (8_482, 8_482 * 160_000),
    "aenetv2-squeeze-gcb": (6_066, 6_066 * 160_000),
    "aenetv2-squeeze2-gcb": (7_970, 7_970 * 160_000),
    "aenetv2-m": (74_458, 1_796_560_000),
    "aenetv2-p": (5_378, 860_480_000),  # of one level
    "aenetv2-plus-p": (41_154, 6_584_640_000),
    "aenetv2-squeeze-gcb-p": (6_066, 6_066 * 160_000),
    "aenetv2-squeeze2-gcb-p": (7_970, 7_970 * 160_000),
}


@pytest.mark.parametrize("name", MODELS)
def test_counts(name):
    cost = count(MODELS[name].graph())
    assert (cost.parameters, cost.flops) == COUNTS[name]
    assert sum(p.numel() for p in Network(MODELS[name].graph()).parameters()) == cost.parameters


@pytest.mark.parametrize("name", MODELS)
def test_any_size_in_same_size_out(name):
    network = random_network(name)
    for shape in ((1, 1), (1, 40), (9, 2), (33, 47)):
        a, b = torch.rand(2, 2, 1, *shape)
        assert network(a, b).shape == a.shape


@pytest.mark.parametrize("name", MODELS)
def test_the_fast_form_is_the_same_function_with_the_same_gradients(name):
    slow, fast = random_network(name).double(), random_network(name, fast=True).double()
    fast.load_state_dict(slow.state_dict())
    torch.manual_seed(1)
    a, b = torch.rand(2, 1, 1, 24, 31, dtype=torch.float64)
    one, other = slow(a, b), fast(a, b)
    assert one.std() > 0.01
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)
    one.square().sum().backward()
    other.square().sum().backward()
    for p, q in zip(slow.parameters(), fast.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-8, atol=1e-8)


def test_shuffle_and_groups_mix_as_shufflenet_does():
    graph = MODELS["aenetv2"].graph()
    _start, tail, _end = linear_tail(graph)
    assert [graph[x].op for x in tail] == ["conv", "shuffle", "crop", "add", "conv", "norm"]
    shuffle = next(layer for layer in graph if layer.op == "shuffle")
    from aefusion.engine.layers import shuffled

    x = torch.arange(64.0).view(1, 64, 1, 1)
    expected = torch.nn.functional.channel_shuffle(x, 32).flatten().numpy()
    np.testing.assert_array_equal(shuffled(shuffle), expected)


def test_padding_is_reflection():
    x = torch.rand(1, 1, 6, 9)
    torch.testing.assert_close(pad(x, 3, 1), torch.nn.functional.pad(x, (3, 3, 3, 3), mode="reflect"))
    assert pad(x, 3, 8).shape[-2:] == (8 + 6, 16 + 6)


def test_calibration_normalises_every_layer():
    network = random_network("aenetv2-squeeze")
    a, b = torch.rand(2, 4, 1, 40, 40)
    network.calibrate(a, b)
    seen = {}
    network.c1_norm.register_forward_hook(lambda module, inputs, output: seen.update(mean=output.mean((0, 2, 3))))
    network.valid(a, b)
    torch.testing.assert_close(seen["mean"], network.c1_norm.bias.detach(), rtol=0, atol=1e-4)


def test_linear_blocks_fold_to_two_layers_and_the_others_do_not():
    folds = {}
    for name in MODELS:
        weights = {key: value.numpy() for key, value in random_network(name).state_dict().items()}
        folds[name] = fold(Trained(name, MODELS[name].graph(), weights, {})).two_layers
    assert {name for name, two in folds.items() if two} == {
        "aenetv2", "aenetv2-plusplus", "aenetv2-separable", "aenetv2-p",
    }  # fmt: skip


def test_the_pyramid_is_that_of_opencv():
    import cv2

    for height, width in ((8, 8), (9, 12), (13, 7), (2, 3), (1, 5), (33, 64), (1, 1)):
        x = np.random.default_rng(0).random((height, width), np.float32)
        smaller = cv2.pyrDown(x)
        larger = cv2.pyrUp(smaller, dstsize=(width, height))
        to_torch = torch.from_numpy
        np.testing.assert_allclose(reduced(to_torch(x)[None, None])[0, 0], smaller, atol=1e-6)
        np.testing.assert_allclose(enlarged(to_torch(smaller)[None, None], height, width)[0, 0], larger, atol=1e-6)


def test_on_a_pyramid_the_same_weights_cost_a_third_more_and_see_far():
    model = MODELS["aenetv2-p"]
    assert model.cost().parameters == 5_378
    assert 1.30 < model.cost().flops / MODELS["aenetv2"].cost().flops < 1.34
    plain = random_network("aenetv2")
    network = model.network(fast=True).eval()
    network.load_state_dict(plain.state_dict())
    a, b = torch.rand(2, 1, 1, 160, 160)
    changed = a.clone()
    changed[..., 80, 80] += 0.5
    with torch.no_grad():
        reach = (network(a, b) - network(changed, b)).abs() > 1e-5
        assert (plain(a, b) != plain(changed, b)).any(-1).sum() <= 7 < 60 < reach.any(-1).sum()
        assert network(a, b).shape == a.shape
