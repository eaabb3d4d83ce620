"""The documentation: its code runs or names what there is, its commands can be given, its figures are the results'."""

import ast
import inspect
import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

import aefusion

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [page for page in PAGES if page == README or (page.parent.name == "extend" and "```python" in page.read_text())]
"""Pages whose code is run."""
FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ALONE = """
import sys
# The package is the copy in this folder, not the one that is installed.
sys.meta_path = [finder for finder in sys.meta_path if "ScikitBuild" not in type(finder).__name__]
sys.path.insert(0, "src")
import aefusion
assert "site-packages" not in aefusion.__file__ and aefusion.__file__.startswith(sys.argv[1]), aefusion.__file__
"""


class Block(NamedTuple):
    """A block of code of a page."""

    language: str
    title: str
    """The file that it is, or empty."""
    code: str


def blocks(text: str) -> list[Block]:
    return [Block(*match.groups(default="")) for match in FENCE.finditer(text)]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def write_block(folder: Path, block: Block) -> None:
    """Make of a block what its page says: a new file, the end of a file, or lines in a list of it.

    For the last, the first line of the block is one of the file, and the others follow it.
    """
    file = folder / block.title
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.code)
        return
    text = file.read_text()
    first, *others = block.code.splitlines(keepends=True)
    if first in text.splitlines(keepends=True):
        assert text.count(first) == 1, f"{block.title}: {first.strip()} is there more than once"
        new = "".join(line for line in others if line.strip() != "...")
        file.write_text(text.replace(first, first + new))
    else:
        file.write_text(f"{text}\n\n{block.code}")


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    """What the pages call their files: two focus settings, and a photograph with a picture that is inverted."""
    from skimage import data

    sharp = data.coffee()[100:228, 150:310].copy()
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    near, far = sharp.copy(), sharp.copy()
    near[:, 80:], far[:, :80] = blurred[:, 80:], blurred[:, :80]
    return {"visible.jpg": sharp, "infrared.png": 255 - blurred[..., 0], "near.tif": near, "far.tif": far}


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_code_of_a_page_runs(page, pictures, tmp_path):
    for name, pixels in pictures.items():
        aefusion.write(tmp_path / name, aefusion.Picture(np.ascontiguousarray(pixels)))
    found = blocks(page.read_text())
    code = "\n".join(block.code for block in found if block.language == "python" and not block.title)
    files = [block for block in found if block.title]
    first = ""
    if any(block.title.startswith("src/") for block in files):  # this page changes the package: a copy of it
        heavy = shutil.ignore_patterns("*.so", "__pycache__", "aenetv2-*.safetensors")
        shutil.copytree(ROOT / "src" / "aefusion", tmp_path / "src" / "aefusion", ignore=heavy)
        first = ALONE
    for block in files:
        write_block(tmp_path, block)
    (tmp_path / "page.py").write_text(f"{first}\n{code}")
    command = [sys.executable, "-W", "error", "page.py", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_readme_is_short_and_its_commands_are_few():
    text = README.read_text()
    words = len(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
    assert words < 800
    (code,) = (block.code for block in blocks(text) if block.language == "python")
    assert len([line for line in code.splitlines() if line]) == 5
    assert "make demo" in text and "make test" in text


def commands(text: str) -> list[list[str]]:
    """The words of each `aefusion` command in the blocks of a page, indented ones too."""
    lines = [line for block in blocks(text) for line in block.code.splitlines() if block.language in ("", "bash")]
    lines += re.findall(r"^ {4}(aefusion .*)$", FENCE.sub("", text), re.MULTILINE)
    found = []
    for line in lines:
        if "..." in line:  # says what belongs there in words
            continue
        for part in line.removeprefix("$ ").split(" | "):
            words = shlex.split(part.strip().removesuffix("|"), comments=True)
            if words[:1] == ["aefusion"] and not re.match(r"\d+\.\d", words[1]):  # the software tag of a result
                found.append(words[1:])
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_of_a_page_can_be_given(page):
    """Each command exists, and takes the words that it is given; nothing is run."""
    from aefusion.cli import make_app, with_command

    for words in commands(page.read_text()):
        try:
            words = with_command(words)
            make_app(words).parse_args(words, exit_on_error=False, print_error=False)
        except Exception as error:
            pytest.fail(f"aefusion {shlex.join(words)}: {error}", pytrace=False)


def test_the_commands_are_looked_at():
    found = commands("```\n$ aefusion fuse a b -o c  # text\n... | aefusion x\n```\n    aefusion stack *.tif\n")
    assert found == [["fuse", "a", "b", "-o", "c"], ["stack", "*.tif"]]
    assert len(commands(README.read_text())) == 6


@pytest.mark.parametrize("page", [page for page in PAGES if page not in RUN], ids=name_of)
def test_python_of_a_page_names_what_there_is(page):
    """Each import from the package and each public name exists, and calls of public names fit their parameters."""
    for block in blocks(page.read_text()):
        if block.language != "python" or block.title.startswith("src/") or "\n    ...\n" in block.code:
            continue
        for node in ast.walk(ast.parse(block.code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "aefusion":
                for alias in node.names:
                    module = import_module(node.module)
                    assert hasattr(module, alias.name), f"from {node.module} import {alias.name}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "aefusion":
                assert hasattr(aefusion, node.attr), f"aefusion.{node.attr}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                if isinstance(of, ast.Name) and of.id == "aefusion":
                    names = {keyword.arg: None for keyword in node.keywords if keyword.arg}
                    inspect.signature(getattr(aefusion, node.func.attr)).bind(*[None] * len(node.args), **names)


def results(suite: str) -> list[dict]:
    (file,) = sorted((ROOT / "results").glob(f"*/{suite}--*.json"))[-1:]
    return json.loads(file.read_text())["rows"]


def test_the_places_in_the_guide_are_those_of_the_results():
    text = (ROOT / "docs" / "guides" / "choosing.md").read_text()
    tables = re.findall(r"<!-- places (\w+) -->\n(.*?)<!-- end of places -->", text, re.DOTALL)
    rows = {(row["key"]["method"], row["key"]["task"]): row for row in results("quality")}
    times = {row["key"]["method"]: row["measured"]["time"]["median"] for row in results("methods") if row["measured"]}
    assert len(tables) == 4
    for task, table in tables:
        for line in table.splitlines()[2:]:
            place, name, rank, qabf, viff, time = (cell.strip(" `") for cell in line.strip("|").split("|"))
            facts, measured = rows[name, task]["facts"], rows[name, task]["measured"]
            assert place == f"{facts['place']} of {facts['of']}"
            assert rank == f"{facts['mean rank']:.1f}"
            assert (qabf, viff) == tuple(f"{measured[metric]['mean']:.3f}" for metric in ("Qabf", "VIFF"))
            # Weights for one task run on the network that they are of.
            network = name if name in times else "aenetv2-plus" if name == "aenetv2-plus-focus" else "aenetv2"
            assert time == f"{1e3 * times[network]:.3g}"


def test_every_set_of_weights_is_on_its_page():
    from aefusion.weights import shipped

    text = (ROOT / "docs" / "weights.md").read_text()
    assert set(re.findall(r"^\| \[`([\w-]+)`\]\(", text, re.MULTILINE)) == set(shipped())


def test_the_figures_of_the_readme_are_those_of_the_results():
    text = " ".join(README.read_text().split())
    engines = {
        (row["key"]["engine"], row["key"]["threads"]): row["measured"]
        for row in results("speed")
        if (row["key"]["model"], row["key"]["width"], row["key"]["height"]) == ("aenetv2", 400, 400)
    }
    wall = engines["kernel avx512", 1]["wall"]["median"]
    ratio = engines["ONNX Runtime, paper's graph", 2]["beside the first"]["median"]
    assert f"in {1e3 * wall:.1f} ms on one core" in text
    assert f"{ratio:.0f} times faster than ONNX Runtime" in text
    assert f"{aefusion.MODELS['aenetv2'].cost().parameters:,} parameters" in text

    quality = {(row["key"]["method"], row["key"]["task"]): row["facts"] for row in results("quality")}
    assert f"{quality['lp', 'ir_visible']['of']} methods and networks" in text
    assert f"{quality['lp', 'ir_visible']['pairs']} public pairs of infrared" in text
    assert f"On {quality['lp', 'multi_focus']['pairs']} focus pairs" in text
    assert quality["aenetv2-squeeze2-gcb-p", "ir_visible"]["place"] == quality["lp", "multi_focus"]["place"] == 1
    networks = [facts for (_, task), facts in quality.items() if task == "multi_focus" and facts["kind"] == "network"]
    assert min(facts["place"] for facts in networks) == 8

    metrics = (ROOT / "docs" / "metrics.md").read_text()
    (table,) = re.findall(r"<!-- skimage_metrics -->\n(.*?)<!-- end -->", metrics, re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    compared = {row[0] for row in rows}
    assert f"{len(compared)} of the {len(aefusion.METRICS)} metrics" in text
    in_float32 = {"cddfuse", "tang-python"}
    assert {row[7] for row in rows if row[1] not in in_float32} <= {"< 1e-8", "< 1e-7"}
    assert {row[7] for row in rows if row[1] == "cddfuse"} <= {"< 1e-8", "< 1e-7", "< 1e-6"}
    assert all(float(row[7].removeprefix("< ")) <= float(row[8]) for row in rows)

    times = {row["key"]["method"]: row["measured"]["time"]["median"] for row in results("methods") if row["measured"]}
    for name, option in (("aenetv2-p", "`--model aenetv2-p`"), ("lp", "`--method lp`, a Laplacian pyramid")):
        assert f"| {option} | {times[name] / times['aenetv2']:.1f} |" in text
