"""What is one function for all: pairs of a tree, pairs kept aside, one thread a process, parts of a page."""

import ast
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest

from aefusion.bench.contestants import contestants
from aefusion.bench.data import find
from aefusion.evolution.data import read_pairs
from aefusion.evolution.examples import load_examples
from aefusion.evolution.keep_aside import keep_aside
from aefusion.evolution.recipe import Recipe
from aefusion.files import FileError
from aefusion.image import Picture, write
from aefusion.image.pair_tree import TreePair, tree
from aefusion.library import METHODS
from aefusion.markers import fill, fill_file
from aefusion.one_thread import VARIABLES, one_thread

PACKAGE = Path(__file__).parents[1] / "src" / "aefusion"


@pytest.fixture
def data(tmp_path) -> Path:
    """Ten pairs in two tasks and three sets."""
    for dataset, count in {"medical/one": 3, "multi_focus/one": 5, "multi_focus/two": 2}.items():
        for side, gray in (("a", 40), ("b", 200)):
            folder = tmp_path / "data" / dataset / side
            folder.mkdir(parents=True)
            for number in range(count):
                write(folder / f"{number}.png", Picture(np.full((12, 16), gray + number, np.uint8)))
    return tmp_path / "data"


def test_pairs_of_a_tree_by_index_and_by_name(data):
    pairs = tree(data)
    assert len(pairs) == 10 and pairs == sorted(pairs)
    first = pairs[0]
    assert first == ("medical", "one/0", data / "medical/one/a/0.png", data / "medical/one/b/0.png")
    assert (first.task, first.name, first.full_name) == (first[0], first[1], "medical/one/0")
    assert find([data]) == pairs and [pair for pair, _, _ in read_pairs(data)] == pairs
    assert find([data / "medical" / "one"])[0] == TreePair("pairs", "0", first.a, first.b)


def test_a_tree_that_is_none_is_one_line(data, tmp_path):
    (data / "medical" / "two" / "a").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    for root, wrong in (
        (tmp_path / "nowhere", "nowhere: there is no such folder: expected <task>/<dataset>/a/NAME"),
        (tmp_path / "empty", "empty: no pairs; expected <task>/<dataset>/a/NAME"),
        (data, "two/a: no folder b beside it"),
    ):
        for look in (tree, lambda root: find([root]), lambda root: list(read_pairs(root))):
            with pytest.raises(FileError, match=wrong) as refused:
                look(root)
            assert "\n" not in str(refused.value)


def test_the_pairs_kept_aside_are_those_of_the_shipped_weights():
    """The rule may not change: weights that were trained by it would be tested on what they have learned."""
    learning, aside = keep_aside(range(595), seed=0, share=0.1)
    assert (len(learning), len(aside)) == (541, 54) and sorted([*learning, *aside]) == list(range(595))
    assert aside[:8] == [2, 3, 11, 13, 20, 48, 53, 59] and aside[-3:] == [569, 582, 588]


def test_training_keeps_aside_the_same_pairs_whatever_its_tasks(data):
    pairs = tree(data)
    for tasks in ([], ["multi_focus"], ["medical"]):
        recipe = Recipe(teacher="average", validation=0.4, seed=3, tasks=tasks)
        kept = [[x.full_name for x in part if not tasks or x.task in tasks] for part in keep_aside(pairs, 3, 0.4)]
        assert [[x.name for x in part] for part in load_examples(recipe, data)] == kept
        assert not set(kept[0]) & set(kept[1])


def test_no_other_place_chooses_pairs_walks_the_tree_or_sets_threads():
    for words, place in (
        (".random(len(", "evolution/keep_aside.py"),
        ('glob("*/*/a")', "image/pair_tree.py"),
        ('"OPENBLAS_NUM_THREADS"', "one_thread.py"),
        ('"<!-- end -->"', "markers.py"),
    ):
        files = [*PACKAGE.rglob("*.py"), *PACKAGE.parents[1].glob("studies/*.py")]
        code = {path: ast.unparse(without_docstrings(ast.parse(path.read_text()))) for path in files}
        assert [path for path, text in code.items() if words in text.replace("'", '"')] == [PACKAGE / place], words


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def test_processes_of_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    with one_thread(), multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(os.getenv, VARIABLES) == ["1"] * len(VARIABLES)
    assert dict(os.environ) == before


def test_methods_and_contestants_agree_on_what_suits(tmp_path):
    (tmp_path / "own.py").write_text("def f(a, b): return a")
    chosen = contestants(["dsift", "lp", "aenetv2", f"{tmp_path}/own.py:f"])
    assert [one.suits("medical") for one in chosen] == [False, True, True, True]
    assert [one.suits("mine") for one in chosen] == [True] * 4
    others = {"cvs", "dsift", "mertens", "cnn_mf", "deepfuse"}
    assert {name for name, method in METHODS.items() if not method.suits("ir_visible")} == others


def test_parts_of_a_page_between_markers(tmp_path):
    page = "x\n<!-- study a -->\nold\n<!-- end -->\n<!-- other -->\nkept\n<!-- end -->\ny\n"
    filled = "x\n<!-- study a -->\nNEW study a\n<!-- end -->\n<!-- other -->\nkept\n<!-- end -->\ny\n"
    assert fill(page, "study .", lambda name: f"NEW {name}") == filled
    assert fill(page, "nothing", str.upper) == page
    path = tmp_path / "page.md"
    path.write_text(page)
    assert fill_file(path, "study a", lambda name: f"NEW {name}") and path.read_text() == filled
    assert not fill_file(path, "study a", lambda name: f"NEW {name}")
    with pytest.raises(FileError, match="has no marker <!-- study b -->: put it in, and <!-- end --> after it"):
        fill_file(path, "study b", str.upper)
