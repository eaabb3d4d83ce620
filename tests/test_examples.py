"""The examples: every script runs on a focus pair and writes a picture that is sharper than both; the notebook runs."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import aefusion
from aefusion.image.colour import luminance

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))


@pytest.fixture(scope="module")
def sharp() -> np.ndarray:
    """A photograph, uint8 (256, 256, 3)."""
    from skimage import data

    return data.coffee()[100:356, 150:406].copy()


@pytest.fixture
def folder(tmp_path, sharp) -> Path:
    """near.png is blurred on the right, far.png on the left."""
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    near, far = sharp.copy(), sharp.copy()
    near[:, 128:], far[:, :128] = blurred[:, 128:], blurred[:, :128]
    aefusion.write(tmp_path / "near.png", aefusion.Picture(near))
    aefusion.write(tmp_path / "far.png", aefusion.Picture(far))
    return tmp_path


def run(script: str, *arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-W", "error", str(EXAMPLES / script), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def pixels(path: Path) -> np.ndarray:
    return aefusion.read(path).pixels


def sharpness(path: Path) -> tuple[float, float]:
    """Of the left and of the right half of a picture."""
    edges = np.abs(cv2.Laplacian(luminance(pixels(path)), cv2.CV_32F))
    return float(edges[:, :120].mean()), float(edges[:, -120:].mean())


def test_there_are_examples():
    assert {"simple.py", "advanced.py"} <= set(SCRIPTS) and NOTEBOOKS == ["first_steps.ipynb"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_makes_a_picture_that_is_sharp_everywhere(script, folder):
    run(script, "near.png", "far.png", "fused.png", cwd=folder)
    left, right = sharpness(folder / "fused.png")
    (sharp, _), (_, other_sharp) = sharpness(folder / "near.png"), sharpness(folder / "far.png")
    assert 0.7 < left / sharp < 1.5 and 0.7 < right / other_sharp < 1.5
    assert pixels(folder / "fused.png").shape[:2] == pixels(folder / "near.png").shape[:2]


def test_simple_is_one_call(folder):
    run("simple.py", "near.png", "far.png", "fused.png", cwd=folder)
    expected = aefusion.fuse(folder / "near.png", folder / "far.png")
    assert np.array_equal(pixels(folder / "fused.png"), expected)


def test_advanced_aligns_and_keeps_the_best(folder):
    moved = np.roll(pixels(folder / "far.png"), (6, 9), axis=(0, 1))[20:-20, 20:-20]
    aefusion.write(folder / "far.png", aefusion.Picture(moved))
    aefusion.write(folder / "near.png", aefusion.Picture(pixels(folder / "near.png")[20:-20, 20:-20]))
    printed = run("advanced.py", "near.png", "far.png", "fused.png", cwd=folder)
    fused = pixels(folder / "fused.png")
    assert (216 - 10, 216 - 7) <= fused.shape[:2] < (216, 216)
    assert f"{fused.shape[1]}x{fused.shape[0]} pixels are common" in printed
    table = dict(line.rsplit(maxsplit=3)[:2] for line in printed.splitlines() if line.count(".") == 3)
    assert len(table) == 4
    best = max(table, key=lambda name: float(table[name]))
    assert f"by {best}, the best" in printed


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook_runs_from_top_to_bottom(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    namespace: dict = {}
    for i, cell in enumerate(code_cells(notebook)):
        exec(compile("".join(cell["source"]), f"{notebook}, cell {i}", "exec"), namespace)
    assert namespace["fused"].shape == namespace["under"].shape
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook_is_kept_without_outputs(notebook):
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_cells(notebook))


def code_cells(notebook: str) -> list[dict]:
    cells = json.loads((EXAMPLES / notebook).read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_expert_makes_the_picture_of_simple_from_the_layers(folder):
    run("simple.py", "near.png", "far.png", "fused.png", cwd=folder)
    expected = pixels(folder / "fused.png")
    printed = run("expert.py", "near.png", "far.png", "fused.png", cwd=folder)
    assert np.array_equal(pixels(folder / "fused.png"), expected)
    assert "5,378 parameters" in printed
    assert "5,184 multiply-adds a pixel" in printed and "1,892 multiply-adds a pixel" in printed
    assert float(printed.split("NumPy differs by ")[1].split()[0]) < 1e-5
    assert len((EXAMPLES / "expert.py").read_text().splitlines()) <= 60
