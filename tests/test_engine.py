"""Every engine and every form of a network gives the same picture."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_network import random_network

from aefusion import engine as engine_package
from aefusion.engine import Trained, choose, cpu, fold, need, start
from aefusion.engine.doctor import doctor
from aefusion.engine.export import export
from aefusion.engine.layers import run_graph
from aefusion.engine.onnx import OnnxSession
from aefusion.engine.tiles import tiles
from aefusion.engine.to_onnx import to_onnx
from aefusion.files import FileError
from aefusion.network import MODELS
from aefusion.weights import find, load, save

ENGINES = tuple(row.make for row in engine_package.ENGINES.values())


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


@pytest.mark.skipif(not cpu.instruction_sets(), reason="installed without a compiler")
def test_auto_takes_the_kernel_and_without_one_what_is_next_best(monkeypatch):
    assert choose(trained("aenetv2")) == "cpu"
    assert choose(trained("aenetv2-m")) == "cpu"
    monkeypatch.setattr(cpu, "_kernel", None)
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


def test_every_engine_is_in_the_list_and_what_it_needs_is_said(monkeypatch):
    assert list(engine_package.ENGINES) == ["cpu", "onnx", "torch"]
    monkeypatch.setattr(engine_package, "find_spec", lambda package: None)
    monkeypatch.setattr(cpu, "_kernel", None)
    assert choose(trained("aenetv2-m")) == "cpu"
    need("cpu")
    message = r"engine 'onnx' needs onnx and onnxruntime: pip install 'aefusion\[onnx\]'"
    with pytest.raises(ValueError, match=message):
        start(trained("aenetv2"), "onnx")
    with pytest.raises(ValueError, match=r"engine 'torch' needs torch: pip install 'aefusion\[train\]'"):
        start(trained("aenetv2"), "torch")


def test_doctor_knows_every_engine_and_model():
    facts = doctor()
    assert {f"engine {name}" for name in engine_package.ENGINES} | {"kernel", "model aenetv2"} <= facts.keys()
    assert facts["engine cpu"] == "on CPU" and "CPU" in facts["model aenetv2"]


@pytest.mark.parametrize("threads", [0, -1, 1.5, "two", True])
@pytest.mark.parametrize("engine", ["auto", "cpu", "onnx", "torch"])
def test_threads_are_a_whole_number_above_0(engine, threads):
    with pytest.raises(ValueError, match=rf"threads is {threads!r}"):
        start(trained("aenetv2"), engine, threads)


@pytest.mark.parametrize("name", ["aenetv2", "aenetv2-m", "aenetv2-p"])
@pytest.mark.parametrize("engine", ["cpu", "onnx", "torch"])
def test_what_is_no_picture_is_refused_in_one_line(name, engine):
    run = start(trained(name), engine, 1)
    gray = np.zeros((5, 6), np.uint8)
    wrong = {
        "a is of type list; an engine takes NumPy arrays": (gray.tolist(), gray),
        "b is of type NoneType": (gray, None),
        r"a is \(5, 6, 3\), b is \(5, 6, 3\); both must be gray": (np.dstack([gray] * 3), np.dstack([gray] * 3)),
        r"a is \(6,\)": (gray[0], gray[0]),
        "a is bool, b is bool": (gray > 0, gray > 0),
        "a is uint8, b is float32": (gray, gray.astype(np.float32)),
    }
    for message, pair in wrong.items():
        with pytest.raises(ValueError, match=message) as caught:
            run(*pair)
        assert "\n" not in str(caught.value)


def test_folding_twice_is_folding_once():
    for name in MODELS:
        network = trained(name)
        folded = fold(network)
        assert fold(folded) is folded and folded.folded and not network.folded
        assert (folded.name, folded.metadata) == (network.name, network.metadata)
        assert network.graph == MODELS[name].graph()  # what was folded is left as it was


def test_weights_come_back_as_they_were_saved(tmp_path):
    arrays = trained("aenetv2").weights
    path = tmp_path / "mine.safetensors"
    save(path, arrays, {"model": "aenetv2", "why": "test"})
    again, metadata = load(find(path))
    assert metadata == {"model": "aenetv2", "why": "test"} and again.keys() == arrays.keys()
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)
    assert Trained.load(path).metadata == metadata
    with pytest.raises(FileError, match=r"none\.safetensors: no such file of weights"):
        find(tmp_path / "none.safetensors")
    path.write_bytes(b"not safetensors at all\n")
    with pytest.raises(FileError, match=r"mine\.safetensors: not a file of weights") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_no_import_circles_even_lazy_ones():
    """Of the rooms that run networks: each module, with the modules of the same rooms that it imports anywhere."""
    package = Path(engine_package.__file__).parents[1]
    files = {
        ".".join(("aefusion", *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__"): path
        for room in ("engine", "network", "weights", "speed")
        for path in (package / room).glob("*.py")
    }
    imports = {name: imported(path, files) - {name} for name, path in files.items()}
    assert "aefusion.engine.opencv" in imports["aefusion.engine.cpu"]
    while imports:  # take away what imports nothing that is left
        free = {name for name, others in imports.items() if not others & imports.keys()}
        assert free, f"a circle among {sorted(imports)}"
        imports = {name: others for name, others in imports.items() if name not in free}


def imported(path: Path, files: dict) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (whole & files.keys()) or {node.module}
    return names & files.keys()
