"""Maps that are idle for sources in [0, 1] are left out, and nobody sees it."""

import numpy as np
import pytest
from test_engine_cpu import assert_exact, random_pair, random_weights

from aefusion.engine import Trained, fold
from aefusion.engine.fold import merge_layers
from aefusion.engine.layers import Layers, run_graph
from aefusion.engine.ranges import ranges
from aefusion.engine.two_layers import MOST_MAPS, TwoLayers
from aefusion.network import MODELS
from aefusion.network.graph import run
from aefusion.speed.engines import network
from aefusion.weights import shipped


class Recorder(Layers):
    """The layers, which keep the least and the largest value of each map of each layer."""

    def __init__(self, weights):
        super().__init__(weights)
        self.seen = []

    def __getattribute__(self, name):
        method = super().__getattribute__(name)
        if name not in ("conv", "relu", "shuffle", "pool", "upsample", "crop", "add", "concat"):
            return method

        def recorded(*args):
            result = method(*args)
            self.seen.append((result.min((1, 2)), result.max((1, 2))))
            return result

        return recorded


@pytest.mark.parametrize("name", MODELS)
def test_no_value_lies_outside_its_range(name):
    folded = merge_layers(network(name))
    low, high = ranges(folded.graph, folded.weights)
    recorder = Recorder(folded.weights)
    size = 2 * folded.graph.margin + 16
    pictures = np.random.default_rng(0).random((2, size, size), np.float32).round()
    run(folded.graph, recorder, pictures)
    for (least, most), below, above in zip(
        recorder.seen, list(low.values())[1:], list(high.values())[1:], strict=False
    ):
        assert (least >= below - 1e-4).all() and (most <= above + 1e-4).all()


@pytest.mark.parametrize("name", shipped())
def test_shipped_networks_give_the_same_picture_without_idle_maps(name, photographs):
    trained = Trained.load(name)
    a, b = (x[:90, :120].astype(np.float32) / 255 for x in photographs)
    whole, part = merge_layers(trained), fold(trained)
    assert sum(w.size for w in part.weights.values()) <= sum(w.size for w in whole.weights.values())
    expected = run_graph(whole.graph, whole.weights, a, b)
    np.testing.assert_allclose(run_graph(part.graph, part.weights, a, b), expected, atol=2e-6)


def two_layers(k1, k2, bias):
    """A folded network of two layers with random weights and these biases."""
    random = random_weights(k1, k2)
    name = "aenetv2" if k1 == 3 else "aenetv2-plusplus"
    graph = merge_layers(network(name)).graph
    random.w1[:, 0], random.w1[:, 1] = np.abs(random.w1[:, 0]) + 0.2, -np.abs(random.w1[:, 1]) - 0.2  # 0 is between
    weights = {"c1.weight": random.w1, "c1.bias": np.float32(bias), "c2.weight": random.w2, "c2.bias": random.b2}
    return Trained(name, graph, weights, {}, folded=True)


def test_silent_maps_are_dropped_and_linear_ones_merged():
    from aefusion.engine.live import live

    for k1, k2, pixels in ((3, 5, 18), (1, 3, 2)):
        bias = np.r_[np.full(20, -99), np.full(30, 99), np.full(14, 0.1)]
        before = two_layers(k1, k2, bias)
        after = live(before)
        assert before.graph[1].channels == 64 and after.graph[1].channels == pixels + 14
        assert TwoLayers.of(after).w2.shape == (1, pixels + 14, k2, k2)
        a, b = np.random.default_rng(0).random((2, 20, 30))
        weights = {name: array.astype(np.float64) for name, array in before.weights.items()}
        weights["c2.bias"] = weights["c2.bias"] - run_before_clip(before.graph, weights, a, b).mean() + 0.5
        shifted = live(
            Trained(before.name, before.graph, {k: v.astype(np.float32) for k, v in weights.items()}, {}, True)
        )
        expected = run_graph(before.graph, weights, a, b)
        assert expected.std() > 0.05
        np.testing.assert_allclose(run_graph(shifted.graph, shifted.weights, a, b), expected, atol=2e-3)


def run_before_clip(graph, weights, a, b):
    class Open(Layers):
        def output(self, layer, x):
            return x

    return run(graph, Open(weights), np.stack([a, b]))


def test_one_map_is_left_where_all_are_silent():
    from aefusion.engine.live import live

    after = live(two_layers(3, 5, np.full(64, -99)))
    assert after.graph[1].channels == 1 and after.weights["c2.weight"].shape == (1, 1, 5, 5)


def test_maps_are_dropped_through_concatenation_and_pooling_but_not_from_sums():
    trained = network("aenetv2-inception")
    trained.weights["r_five.bias"][:30] = -1e3
    trained.weights["c1_norm.bias"][5:9] = -1e3
    whole, part = merge_layers(trained), fold(trained)
    channels = {layer.name: layer.channels for layer in part.graph if layer.name}
    assert channels == {"c1": 60, "r_one": 32, "r_three": 32, "r_five": 2, "r_pool": 32, "c2": 1}
    assert part.weights["r_three.weight"].shape == (32, 60, 3, 3) and part.weights["c2.weight"].shape == (1, 98, 3, 3)
    a, b = np.random.default_rng(0).random((2, 30, 40), np.float32)
    np.testing.assert_allclose(
        run_graph(part.graph, part.weights, a, b), run_graph(whole.graph, whole.weights, a, b), atol=1e-5
    )
    hop = network("aenetv2-plus")
    hop.weights["c1_norm.bias"][5:9] = -1e3
    assert fold(hop).graph[1].channels == 64


@pytest.mark.parametrize("maps", [1, 3, 16, 17, 39, 63, MOST_MAPS])
@pytest.mark.parametrize("form", [(3, 5), (1, 3)])
def test_the_kernel_takes_any_number_of_maps(maps, form):
    k1, k2 = form
    random = np.random.default_rng(maps)
    shapes = ((maps, 2, k1, k1), (maps,), (1, maps, k2, k2), (1,))
    sizes = (1 / k1, 0.3, 2 / (np.sqrt(maps) * k2), 0.3)
    weights = TwoLayers(
        *(random.normal(0, s, shape).astype(np.float32) for s, shape in zip(sizes, shapes, strict=True))
    )
    for dtype in (np.uint8, np.float32):
        assert_exact(weights, *random_pair((37, 190), dtype))


def test_more_maps_than_the_kernel_takes_are_refused():
    random = random_weights(3, 5)
    with pytest.raises(ValueError, match="n = 1 to 128"):
        TwoLayers(
            *(np.concatenate([x] * 3, axis) for x, axis in ((random.w1, 0), (random.b1, 0), (random.w2, 1))), random.b2
        )
