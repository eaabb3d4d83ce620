"""Every engine and every form of a network gives the same picture."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_network import random_network

from aefusion.engine import CpuEngine, OnnxEngine, TorchEngine, Trained, choose, fold, start
from aefusion.engine.export import export
from aefusion.engine.layers import run_graph
from aefusion.engine.onnx import OnnxSession
from aefusion.engine.tiles import tiles
from aefusion.engine.to_onnx import to_onnx
from aefusion.network import MODELS
from aefusion.weights import save

ENGINES = (CpuEngine, OnnxEngine, TorchEngine)


def trained(name: str) -> Trained:
    weights = {key: value.numpy() for key, value in random_network(name).state_dict().items() if value.ndim}
    return Trained(name, MODELS[name].graph(), weights, {})


def reference(name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return random_network(name)(torch.from_numpy(a)[None, None], torch.from_numpy(b)[None, None])[0, 0].numpy()


@pytest.mark.parametrize("name", MODELS)
def test_folded_equals_unfolded_on_photographs_borders_included(name, photographs):
    a, b = (x[:150, :203].astype(np.float32) / 255 for x in photographs)
    expected = reference(name, a, b)
    assert expected.std() > 0.01
    network = trained(name)
    np.testing.assert_allclose(run_graph(network.graph, network.weights, a, b), expected, atol=1e-5)
    np.testing.assert_allclose(run_graph(fold(network).graph, fold(network).weights, a, b), expected, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 3), (70, 45)])
def test_engines_agree(name, shape):
    a, b = np.random.default_rng(0).random((2, *shape), np.float32)
    expected = reference(name, a, b)
    network = trained(name)
    for engine in ENGINES:
        np.testing.assert_allclose(engine(network, 2)(a, b), expected, atol=1e-5, err_msg=engine.__name__)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("form", ["deployed", "paper"])
def test_onnx_forms_give_the_same_picture_at_any_size(name, form):
    network = trained(name)
    source = fold(network) if form == "deployed" else network
    session = OnnxSession(to_onnx(source.graph, source.weights, {}), network.graph)
    for shape in ((1, 1), (7, 24), (50, 64), (129, 31)):
        a, b = np.random.default_rng(1).random((2, *shape), np.float32)
        np.testing.assert_allclose(session(a, b), reference(name, a, b), atol=1e-5)


@pytest.mark.parametrize("name", ["aenetv2-plus", "aenetv2-m"])
def test_tiles_equal_the_whole(name):
    network = trained(name)
    graph, weights = fold(network).graph, fold(network).weights
    a, b = np.random.default_rng(2).random((2, 61, 90), np.float32)
    whole = run_graph(graph, weights, a, b)
    tiled = tiles(lambda x, y: run_graph(graph, weights, x, y), a, b, graph.margin, graph.multiple, 32)
    np.testing.assert_allclose(tiled, whole, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from([np.uint8, np.uint16]),
    st.sampled_from(["aenetv2", "aenetv2-separable", "aenetv2-plusplus", "aenetv2-squeeze-gcb"]),
)
def test_integers_are_the_rounded_floats(height, width, dtype, name):
    full = np.iinfo(dtype).max
    a, b = np.random.default_rng(height).integers(0, full, (2, height, width), endpoint=True).astype(dtype)
    network = trained(name)
    exact = reference(name, *(x.astype(np.float32) / np.float32(full) for x in (a, b))) * full
    for engine in ENGINES:
        fused = engine(network)(a, b)
        assert fused.dtype == dtype
        assert np.abs(fused - exact).max() < 0.5 + full * 1e-5


def test_auto_takes_the_kernel_where_the_network_folds():
    assert choose(trained("aenetv2")) == "cpu"
    assert choose(trained("aenetv2-m")) == "onnx"


def test_errors():
    network = trained("aenetv2")
    a = np.zeros((5, 6), np.float32)
    for engine in ENGINES:
        with pytest.raises(ValueError, match="one size"):
            engine(network)(a, a[:, 1:])
        with pytest.raises(ValueError, match="uint8, uint16 or float32"):
            engine(network)(a.astype(np.float64), a.astype(np.float64))
    with pytest.raises(ValueError, match="unknown engine 'abacus'; known are auto, cpu, onnx, torch"):
        start(network, "abacus")
    with pytest.raises(ValueError, match="threads is 0"):
        start(network, threads=0)
    with pytest.raises(ValueError, match=r"unknown model 'nonsense'; shipped are .*aenetv2"):
        Trained.load("nonsense")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("c1_norm.running_mean"), r"c1_norm\.running_mean is missing"),
        (lambda arrays: arrays.pop("r.bias"), r"r\.bias is missing, but aenetv2 needs \(64,\)"),
        (lambda arrays: arrays.update({"c2.weight": np.zeros(3, np.float32)}), r"c2\.weight is \(3,\)"),
    ],
)
def test_incomplete_weights_are_refused(change, message, tmp_path):
    arrays = dict(trained("aenetv2").weights)
    change(arrays)
    save(tmp_path / "net.safetensors", arrays, {"model": "aenetv2"})
    with pytest.raises(ValueError, match=rf"net\.safetensors: {message}"):
        Trained.load(str(tmp_path / "net.safetensors"))
    save(tmp_path / "net.safetensors", arrays, {"model": "other"})
    with pytest.raises(ValueError, match="weights of an unknown network 'other'"):
        Trained.load(str(tmp_path / "net.safetensors"))


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (70, 45), (131, 200)])
def test_engines_agree_on_a_pyramid(shape):
    network = trained("aenetv2-p")
    module = MODELS["aenetv2-p"].network().eval()
    module.load_state_dict(random_network("aenetv2-p").state_dict())
    a, b = np.random.default_rng(0).random((2, *shape), np.float32)
    with torch.no_grad():
        expected = module(torch.from_numpy(a)[None, None], torch.from_numpy(b)[None, None])[0, 0].numpy()
    for engine in ("cpu", "onnx", "torch"):
        np.testing.assert_allclose(start(network, engine)(a, b), expected, atol=1e-5, err_msg=engine)
    levels = start(network)(*(np.uint8(np.rint(x * 255)) for x in (a, b)))
    assert levels.dtype == np.uint8 and np.abs(levels / 255 - expected).mean() < 0.01


def test_a_pyramid_has_no_onnx_form(tmp_path):
    network = trained("aenetv2-p")
    save(tmp_path / "p.safetensors", network.weights, {"model": "aenetv2-p"})
    with pytest.raises(ValueError, match="it has no ONNX form"):
        export(str(tmp_path / "p.safetensors"), tmp_path / "p.onnx")
