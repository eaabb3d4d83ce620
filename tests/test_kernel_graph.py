"""The kernel for any graph against the layers in NumPy: every network, size, depth and instruction set."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_network import random_network
from test_engine_cpu import full, needs_kernel, python, random_pair

from aefusion.engine import CpuEngine, Trained, cpu, fold
from aefusion.engine.compiled import Compiled
from aefusion.engine.fold import merge_layers
from aefusion.engine.layers import Layers, run_graph
from aefusion.engine.program import Unsupported, program
from aefusion.network import MODELS
from aefusion.network.graph import Graph, run
from aefusion.weights import shipped

pytestmark = needs_kernel
DTYPES = (np.uint8, np.uint16, np.float32)
SIZES = [(1, 1), (1, 2), (2, 1), (1, 700), (300, 1), (3, 4), (61, 97), (40, 331)]


def trained(name: str) -> Trained:
    weights = {key: value.numpy() for key, value in random_network(name).state_dict().items() if value.ndim}
    return Trained(name, MODELS[name].graph(), weights, {})


def graph_of(build, seed: int = 0) -> Trained:
    """A folded network with random weights, whose result is well inside [0, 1]; `build` adds layers to the sources'."""
    graph, random, weights = Graph(), np.random.default_rng(seed), {}
    end = graph.conv(build(graph, graph.input(2)), "c2", 1, 3, bias=True)
    for layer in graph:
        if layer.op == "conv":
            shape = (layer.channels, graph[layer.inputs[0]].channels // layer.groups, layer.kernel, layer.kernel)
            weights[f"{layer.name}.weight"] = random.normal(0, 1.2 / np.sqrt(np.prod(shape[1:])), shape)
            weights[f"{layer.name}.bias"] = random.normal(0, 0.1, layer.channels)
    size = 2 * graph.margin + 16
    result = run(graph, Layers(weights), random.random((2, size, size)))
    weights["c2.bias"] = 0.5 + (weights["c2.bias"] - result.mean()) * 0.15 / result.std()
    weights["c2.weight"] *= 0.15 / result.std()
    graph.output(end)
    return Trained("test", graph, {name: array.astype(np.float32) for name, array in weights.items()}, {}, folded=True)


def assert_equal_to_layers(network: Trained, a, b, threads: int = 2) -> None:
    compiled = Compiled(network)
    scaled = [x.astype(np.float64) / full(x.dtype) for x in (a, b)]
    expected = run_graph(network.graph, network.weights, *scaled)
    for name in cpu.instruction_sets():
        fused = cpu.run(compiled, a, b, threads, name)
        assert fused.shape == a.shape and fused.dtype == a.dtype
        error = np.abs(fused.astype(np.float64) / full(a.dtype) - expected).max()
        assert error <= (1e-5 if a.dtype == np.float32 else 0.5 / full(a.dtype) + 1e-5), (name, a.shape, a.dtype, error)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shape", SIZES)
def test_every_network_equals_its_layers(name, shape):
    network = merge_layers(trained(name))
    for dtype in DTYPES if shape in ((3, 4), (61, 97)) else (np.float32,):
        assert_equal_to_layers(network, *random_pair(shape, dtype))


@pytest.mark.parametrize("name", shipped())
def test_shipped_weights_equal_their_layers_on_photographs(name, photographs):
    a, b = (x[100:170, 50:263] for x in photographs)
    assert_equal_to_layers(fold(Trained.load(name)), a, b)


@settings(max_examples=15, deadline=None)
@given(
    st.tuples(st.integers(1, 60), st.integers(1, 330)),
    st.sampled_from([name for name in MODELS if name not in ("aenetv2-p", "aenetv2-m")]),
    st.sampled_from(DTYPES),
)
def test_any_size(shape, name, dtype):
    assert_equal_to_layers(fold(trained(name)), *random_pair(shape, dtype), threads=3)


def grouped(groups, channels, kernel, then=0):
    """A convolution in groups behind one of 1x1, with a ReLU, a shuffle and a sum with what came before."""

    def build(graph, x):
        f = graph.conv(x, "f", channels, 3, bias=True, relu=True)
        r = graph.conv(f, "r", channels, kernel, groups=groups, bias=True, relu=True)
        r = graph.shuffle(r, groups)
        if then:
            r = graph.conv(r, "then", channels, 3, groups=then, bias=True, relu=True)
        return graph.add(f, r)

    return build


@pytest.mark.parametrize("groups", [2, 4, 16, 32, 64])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_convolutions_in_groups(groups, kernel):
    assert_equal_to_layers(graph_of(grouped(groups, 64, kernel)), *random_pair((30, 70), np.float32))


def test_groups_that_fill_no_vector_and_one_grouped_convolution_after_another():
    assert_equal_to_layers(graph_of(grouped(5, 30, 3)), *random_pair((30, 70), np.float32))
    assert_equal_to_layers(graph_of(grouped(32, 64, 3, then=32)), *random_pair((30, 70), np.float32))
    assert_equal_to_layers(graph_of(grouped(32, 64, 3, then=16)), *random_pair((30, 70), np.float32))


def test_odd_numbers_of_maps_pools_and_sums():
    def build(graph, x):
        f = graph.conv(x, "f", 37, 3, bias=True, relu=True)
        g = graph.conv(f, "g", 37, 5, bias=True, relu=True)
        h = graph.conv(graph.pool(f, 3, 1), "h", 3, 1, bias=True, relu=True)
        low = graph.conv(graph.pool(f, 2, 2), "low", 10, 3, bias=True, relu=True)
        every = graph.concat(graph.add(f, g), h, graph.upsample(low))
        return graph.conv(every, "all", 130, 1, bias=True, relu=True)

    assert_equal_to_layers(graph_of(build), *random_pair((37, 81), np.float32))


@pytest.mark.parametrize("name", ["aenetv2-squeeze2-gcb", "aenetv2-gcb-inception", "aenetv2-m"])
@pytest.mark.parametrize("instruction_set", cpu.instruction_sets())
def test_threads_strips_and_tiles_change_no_bit(name, instruction_set):
    compiled, (a, b) = Compiled(fold(trained(name))), random_pair((150, 333), np.float32)
    whole = cpu.run(compiled, a, b, 1, instruction_set)
    for threads in (2, 3, 7):
        assert np.array_equal(whole, cpu.run(compiled, a, b, threads, instruction_set))
    made = compiled.program(cpu._kernel.lanes(instruction_set))
    for rows, tile in ((1, 50), (3, made.tile), (50, 1), (150, 77), (150, 400)):
        fused, other = np.empty_like(a), made._replace(tile=tile)
        for top in range(0, len(a), rows):
            cpu._kernel.graph(instruction_set, *other, a, b, fused, top, min(top + rows, len(a)))
            if rows == 1 and top > 20:
                fused[top:] = whole[top:]
                break
        assert np.array_equal(whole, fused), (rows, tile)


@pytest.mark.parametrize("name", ["aenetv2-squeeze-gcb", "aenetv2-inception"])
def test_a_part_with_its_margin_equals_the_whole(name):
    network = fold(trained(name))
    compiled, (a, b), margin = Compiled(network), random_pair((90, 260), np.float32), network.graph.margin
    part = np.s_[20 - margin : 70 + margin, 31 - margin : 200 + margin]
    inner = cpu.run(compiled, a[part], b[part])[margin:-margin, margin:-margin]
    assert np.array_equal(inner, cpu.run(compiled, a, b)[20:70, 31:200])


def test_sums_are_made_on_the_way_and_shuffles_are_indices():
    """Squeeze+GCB: sources, C1, squeeze, two that expand and take the sum with them, the last; nothing is copied."""
    for lanes in (4, 8, 16):
        made = program(*(lambda x: (x.graph, x.weights))(fold(trained("aenetv2-squeeze-gcb"))), lanes)
        assert made.operations[:, 0].tolist() == [0, 1, 1, 1, 2, 5]
        assert made.operations[-1, 6] == 64 // lanes


def test_a_graph_that_the_kernel_cannot_run_is_run_by_layers():
    def build(graph, x):
        return graph.conv(graph.conv(x, "wide", 8, 7, bias=True, relu=True), "r", 8, 1, bias=True, relu=True)

    network, (a, b) = graph_of(build), random_pair((20, 30), np.float32)
    with pytest.raises(Unsupported, match="7x7"):
        Compiled(network).program(8)
    engine = CpuEngine(network, 1)
    assert engine.runs_on == "CPU, NumPy layer by layer"
    np.testing.assert_allclose(engine(a, b), run_graph(network.graph, network.weights, a, b), atol=1e-6)


def test_what_runs_says_so_and_without_a_kernel_numpy_does():
    engine = CpuEngine(trained("aenetv2-squeeze-gcb"), 1)
    assert engine.runs_on == f"CPU, compiled kernel ({cpu.instruction_sets()[0]})"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cpu, "_kernel", None)
        assert CpuEngine(trained("aenetv2-squeeze-gcb"), 1).runs_on == "CPU, NumPy layer by layer"


def test_nan_stays_inside_the_range_and_near():
    compiled, (a, b) = Compiled(fold(trained("aenetv2-squeeze-gcb"))), random_pair((40, 120), np.float32)
    clean = cpu.run(compiled, a, b)
    a[20, 60] = np.nan
    for name in cpu.instruction_sets():
        fused = cpu.run(compiled, a, b, instruction_set=name)
        assert fused.min() >= 0 and fused.max() <= 1
        far = np.ones(a.shape, bool)
        far[17:24, 57:64] = False
        assert np.abs(fused - clean)[far].max() < 1e-5


def test_wrong_calls_are_refused():
    compiled, (a, b) = Compiled(fold(trained("aenetv2-squeeze-gcb"))), random_pair((8, 8), np.uint8)
    name = cpu.instruction_sets()[0]
    made, fused = compiled.program(cpu._kernel.lanes(name)), np.empty_like(a)
    for change in (
        {"operations": made.operations[:, 1:].copy()},
        {"readings": made.readings[:, 1:].copy()},
        {"tile": 0},
    ):
        with pytest.raises(ValueError, match=r"of another form|no columns"):
            cpu._kernel.graph(name, *made._replace(**change), a, b, fused, 0, 8)
    with pytest.raises(ValueError, match="no such rows"):
        cpu._kernel.graph(name, *made, a, b, fused, 0, 9)


MEMORY = """
import sys, numpy as np
sys.path.insert(0, "")
from test_kernel_graph import Compiled, cpu, fold, trained
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])

compiled = Compiled(fold(trained("NAME")))
a, b = np.full((3000, 2000), 7, np.uint8), np.full((3000, 2000), 9, np.uint8)
cpu.run(compiled, a[:99, :300], b[:99, :300], 2)
before = peak()
cpu.run(compiled, a, b, 2)
print(peak() - before)
"""


@pytest.mark.parametrize("name", ["aenetv2-squeeze-gcb", "aenetv2-m"])
@pytest.mark.skipif("not __import__('pathlib').Path('/proc/self/status').exists()")
def test_memory_is_the_result_and_little_more(name):
    grown = int(python(MEMORY.replace("NAME", name))) * 1024
    assert 0.9 * 3000 * 2000 < grown < 3000 * 2000 + 16 * 2**20
