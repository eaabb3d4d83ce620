"""Recipes: each setting is checked by its type where the recipe is read, by name, before any picture is."""

import re
from dataclasses import asdict

import numpy as np
import pytest
import torch

from aefusion.cli import main
from aefusion.engine import Trained
from aefusion.evolution.examples import crops, cut, load_examples, reflected
from aefusion.evolution.loss_terms import LOSS_TERMS
from aefusion.evolution.losses import fusion_loss
from aefusion.evolution.recipe import TYPES, Recipe
from aefusion.evolution.store import Store
from aefusion.evolution.train import train
from aefusion.image import Picture, write


@pytest.fixture
def recipe(tmp_path):
    def read(text: str) -> Recipe:
        (tmp_path / "recipe.yaml").write_text(text)
        return Recipe.read(tmp_path / "recipe.yaml")

    return read


def test_numbers_that_yaml_takes_for_text_are_numbers(recipe):
    read = recipe(
        "loss: {ssim: 1e-1, mse: 2}\nsymmetry: 1e0\naverage: 9e-1\nbatch: '2'\nsegments: [[2, 1e-3]]\nseed: 3.0\n"
    )
    assert read.loss == {"ssim": 0.1, "mse": 2.0} and (read.symmetry, read.average, read.batch) == (1.0, 0.9, 2)
    assert read.segments == [(2, 0.001)] and read.seed == 3 and isinstance(read.seed, int)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loss: ssim", "loss 'ssim': expected names with numbers, such as {ssim: 1.0}"),
        ("loss: {ssim: -1}", "loss: ssim -1: expected 0 or more"),
        ("loss: {sim: 1}", r"loss: unknown terms \['sim'\]; known are ssim, mse"),
        ("loss: {}", "loss: no term has a weight"),
        ("loss: {ssim: yes}", "loss: ssim True: expected a number"),
        ("made_loss: {ssim: x}", "made_loss: ssim 'x': expected a number"),
        ("tasks: ir_visible", r"tasks 'ir_visible': expected a list, such as \[ir_visible\]"),
        ("further: [1]", "further 1: expected text"),
        ("segments: [2, 0.001]", r"segments \[2, 0.001\]: give \[epochs, learning rate\] pairs"),
        ("segments: [[0, 0.1]]", "segments: 0 epochs at 0.1: expected 1 epoch or more"),
        ("segments: [[2, -0.1]]", "segments: 2 epochs at -0.1: expected 1 epoch or more and a rate above 0"),
        ("segments: [[2, .inf]]", "segments: learning rate inf: expected a number"),
        ("seed: abc", "seed 'abc': expected a number"),
        ("seed: -1", "seed and aside_seed: 0 or more"),
        ("batch: 2.5", "batch 2.5: expected a whole number"),
        ("start: 3", "start 3: expected text"),
        ("symmetry: -1", "symmetry -1: 0 or more"),
        ("full_strength: 1", "full_strength 1: expected true or false"),
        ("average: .nan", "average nan: expected a number"),
        ("gentle: {c1: fast}", "gentle: c1 'fast': expected a number"),
        ("range: [5, 2]", "range 5 2: expected the lower value first"),
        ("teacher_parameters: {level: 3}", "teacher_parameters: lp has no level; it has levels, base"),
        ("teacher_parameters: [3]", r"teacher_parameters \[3\]: expected names with their values"),
        (
            "teacher: bank:b\nteacher_parameters: {evaluations: Qabf}",
            "bank:b has no evaluations; it has evaluation, methods",
        ),
        ("teacher: bank:b\nteacher_parameters: {methods: lp}", r"methods 'lp': expected a list, such as \[lp\]"),
        ("teacher: bank:b\nteacher_parameters: {evaluation: 3}", "evaluation 3: expected text"),
    ],
)
def test_what_is_wrong_is_named(recipe, text, message):
    with pytest.raises(ValueError, match=f"recipe.yaml: (recipe: )?.*{message}") as refused:
        recipe(text)
    assert "\n" not in str(refused.value)


def test_every_setting_has_a_type_and_every_term_of_the_loss_a_name():
    assert set(TYPES) == set(asdict(Recipe()))
    with pytest.raises(ValueError) as refused:
        fusion_loss(*torch.zeros(4, 1, 1, 32, 32), {"nonsense": 1.0})
    assert sorted(LOSS_TERMS) == re.findall(r"'(\w+)'", str(refused.value).partition("known are")[2])


def test_paths_are_taken_from_the_folder_of_the_recipe(recipe, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("def first(a, b):\n    return a\n")
    for folder in ("bank", "more"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path.parent)
    assert recipe("teacher: mine.py:first").teacher == f"{tmp_path / 'mine.py'}:first"
    read = recipe(
        "teacher: bank:bank\nteacher_parameters: {methods: [lp, 'mine.py:first']}\nfurther: [more, elsewhere]"
    )
    assert read.teacher == f"bank:{tmp_path / 'bank'}" and read.further == [str(tmp_path / "more"), "elsewhere"]
    assert read.teacher_parameters["methods"] == ["lp", f"{tmp_path / 'mine.py'}:first"]
    assert recipe("teacher: bank:nowhere").teacher == "bank:nowhere"
    with pytest.raises(ValueError, match=r"has no function second; it has first"):
        recipe("teacher: mine.py:second").check()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start": "nowhere.safetensors"}, "nowhere.safetensors: no such file of weights"),
        ({"further": ["nowhere"]}, "recipe: nowhere: no such folder of pairs"),
        ({"gentle": {"c9": 0.1}}, "recipe: gentle: aenetv2 has no layer c9"),
        ({"teacher": "bank:nowhere"}, "nowhere: no bank of optimal solutions is there"),
        ({"teacher": "bank:x", "teacher_parameters": {"methods": ["lp,level=3"]}}, "no parameter 'level' of lp"),
        ({"model": "nowhere.py:build"}, "nowhere.py: there is no such file"),
        ({"start": "aenetv2", "model": "aenetv2-plus"}, "weights of aenetv2, not of aenetv2-plus"),
    ],
)
def test_what_is_not_there_is_told_before_pictures_are_read(settings, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train(Recipe(**settings), tmp_path / "no data", tmp_path / "run", say=lambda line: None)


NETWORK = """
from aefusion.network import Graph

def build():
    graph = Graph()
    x = graph.conv(graph.input(6), "first", 8, 3, norm=True, relu=True)
    graph.output(graph.conv(x, "last", 1, 3, bias=True))
    return graph

def small():
    graph = Graph()
    graph.output(graph.input(3))
    return graph

def nothing():
    return 3
"""


def test_a_network_of_ones_own_trains_fuses_and_is_exported(tmp_path, photographs, capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    (tmp_path / "mynet.py").write_text(NETWORK)
    (tmp_path / "recipe.yaml").write_text(
        "model: mynet.py:build\nteacher: average\nloss: {l1: 1}\nsegments: [[1, 0.001]]\nsteps_per_epoch: 1\nbatch: 2\n"
        "crop: 16\nvalidation: 0\n"
    )
    for side, picture in zip("ab", photographs, strict=True):
        (tmp_path / "data" / side).mkdir(parents=True)
        for number in range(2):
            write(
                tmp_path / "data" / side / f"{number}.png",
                Picture(np.ascontiguousarray(picture[:64, number : 60 + number])),
            )

    def run(*words) -> int:
        with pytest.raises(SystemExit) as done:
            main([str(word) for word in words])
        return 0 if done.value.code is None else done.value.code

    out = tmp_path / "out"
    assert run("train", tmp_path / "recipe.yaml", tmp_path / "data", "-o", out) == 0
    weights = out / "build.safetensors"
    (tmp_path / "mynet.py").unlink()  # the weights carry their graph
    trained = Trained.load(weights)
    assert trained.name == "build" and [layer.name for layer in trained.graph if layer.op == "conv"] == [
        "first",
        "last",
    ]
    a, b = (tmp_path / "data" / side / "0.png" for side in "ab")
    assert run("fuse", a, b, "-o", tmp_path / "fused.png", "--model", weights) == 0
    assert run("export", weights, tmp_path / "net.onnx") == 0
    meta = onnxruntime.InferenceSession(str(tmp_path / "net.onnx")).get_modelmeta().custom_metadata_map
    assert meta["name"] == "build" and "source" not in meta and "licence" not in meta
    data = tmp_path / "data"
    quality = ("bench", "quality", "--data", data, "--methods", weights, "lp", "--metrics", "EN", "Qabf")
    assert run(*quality) == 0
    assert run("evolve", "mix", weights, weights, "-o", tmp_path / "mixed.safetensors") == 0
    assert Trained.load(tmp_path / "mixed.safetensors").graph == trained.graph
    capsys.readouterr()


@pytest.mark.parametrize(
    ("function", "message"),
    [("small", "begin the graph with"), ("nothing", "returned int: return an aefusion.network.Graph")],
)
def test_what_is_no_network_is_refused(function, message, tmp_path):
    (tmp_path / "mynet.py").write_text(NETWORK)
    with pytest.raises(ValueError, match=message):
        Recipe(model=f"{tmp_path / 'mynet.py'}:{function}").check()


def test_the_recipe_of_the_paper_is_its_tables_one_and_two():
    paper = Recipe.read("paper")
    assert paper.model == "aenetv2" and paper.segments == [(10, 1e-3), (100, 1e-4)] and paper.schedule == "constant"
    assert (paper.batch, paper.crop, paper.start) == (16, 128, "")
    assert paper.teacher == "bank:paper-bank" and paper.teacher_parameters["evaluation"] == "E2"
    paper.check()  # the methods are there
    assert Recipe.read("aenetv2").start == "aenetv2-third.yaml"
    with pytest.raises(FileNotFoundError):
        Recipe.read("nowhere")


def test_pictures_beyond_the_bound_are_read_on_demand(tmp_path):
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 1 << 16, (20, 30), np.uint16) for _ in range(5)]
    pictures.append(random.integers(0, 256, (7, 9), np.uint8))
    store = Store(tmp_path / "run", 3000)
    kept = [store.keep(picture) for picture in pictures]
    assert kept[0] is pictures[0] and kept[2] is not pictures[2]
    for one, other in zip(kept, pictures, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert list((tmp_path / "run").iterdir()) == []  # the file has no name
    assert not (tmp_path / "other").exists() and Store(tmp_path / "other").keep(pictures[0]) is pictures[0]


def test_training_is_the_same_wherever_the_pictures_lie(tmp_path, photographs):
    for side, picture in zip("ab", photographs, strict=True):
        (tmp_path / "data" / side).mkdir(parents=True)
        for i in range(3):
            write(tmp_path / "data" / side / f"{i}.png", Picture(np.ascontiguousarray(picture[i : i + 40, :45])))
    settings = Recipe(teacher="average", validation=0)
    examples = [load_examples(settings, tmp_path / "data", tmp_path / "run", memory)[0] for memory in (0, 1 << 30)]
    batches = [next(crops(of, 32, 8, 6, np.random.default_rng(0), identity=0.2)) for of in examples]
    for one, other in zip(*batches, strict=True):
        np.testing.assert_array_equal(one, other)
    # As if the pictures were reflected first.
    padded = [np.pad(picture, 8, mode="reflect") for picture in examples[1][0].pictures]
    places = reflected(examples[1][0].pictures[0].shape, 32, 8)
    one = cut(examples[1][0].pictures, 48, np.random.default_rng(3), 0.0, places)
    other = cut(padded, 48, np.random.default_rng(3), 0.0)
    np.testing.assert_array_equal(one, other)
