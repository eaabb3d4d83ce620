"""The edge-preserving and multi-scale methods: what they promise, and that they equal reference code."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from aefusion.library import METHODS

SHARED = Path(os.environ.get("AEFUSION_SHARED", Path(__file__).parents[1].parent / "shared"))
GOLDEN = SHARED / "golden"

# name here, name there, largest mean absolute difference in gray levels, parameters of the reference run
REFERENCE = [
    ("gff", "GFF", 0.1, {}),
    ("cbf", "CBF", 0.01, {}),
    ("adf", "ADF", 0.05, {}),
    ("fpde", "FPDE", 0.6, {"iterations": 15}),
    ("fpde", "FPDE", 1.0, {}),
    ("wls", "VSMWLS", 0.01, {}),
    ("mgff", "MGFF", 0.01, {}),
    ("tif", "TIF", 0.01, {}),
]
NAMES = sorted({name for name, *_ in REFERENCE})
SYMMETRIC = ["gff", "cbf", "adf", "fpde", "mgff", "tif"]


def pictures(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two different pictures with edges, gradients, texture and flat parts."""
    rows, columns = np.mgrid[:height, :width]
    noise = np.random.default_rng(seed).random((height, width))
    a = 0.2 + 0.5 * columns / width + 0.2 * (rows > height / 3) * noise
    b = (
        0.7
        - 0.4 * rows / height
        + 0.25 * ((columns - width / 2) ** 2 + (rows - height / 2) ** 2 < height**2 / 9)
    )
    return a.astype(np.float32), np.clip(b, 0, 1).astype(np.float32)


@pytest.mark.data
@pytest.mark.skipif(not GOLDEN.exists(), reason="needs the shared golden values")
@pytest.mark.parametrize("pair", ["fight", "manWalking", "walking"])
@pytest.mark.parametrize(("name", "reference", "tolerance", "parameters"), REFERENCE)
def test_equals_the_reference(name, reference, tolerance, parameters, pair):
    a, b = (
        cv2.imread(str(GOLDEN / "gray" / side / f"{pair}.png"), 0).astype(np.float32) / 255 for side in "ab"
    )
    expected = cv2.imread(str(GOLDEN / "methods" / reference / f"{pair}.png"), 0).astype(np.float64)
    fused = METHODS[name](a, b, **parameters)
    assert np.abs(np.floor(255.0 * fused + 0.5) - expected).mean() <= tolerance


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 3), (2, 2), (37, 53), (64, 64)])
def test_every_size_gives_a_picture(name, shape):
    a, b = pictures(*shape)
    before = a.copy(), b.copy()
    fused = METHODS[name](a, b)
    assert fused.shape == shape
    assert fused.dtype == np.float32
    assert np.isfinite(fused).all()
    assert fused.min() >= 0
    assert fused.max() <= 1
    assert_allclose(a, before[0], atol=0, err_msg="a was changed")
    assert_allclose(b, before[1], atol=0, err_msg="b was changed")


@pytest.mark.parametrize("name", NAMES)
def test_equal_sources_are_returned(name):
    a, _ = pictures(61, 47)
    assert np.abs(METHODS[name](a, a) - a).mean() <= METHODS[name].tolerance


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (40, 40)])
def test_constant_pictures_give_a_constant_between_them(name, shape):
    fused = METHODS[name](np.full(shape, 0.25, np.float32), np.full(shape, 0.75, np.float32))
    assert fused.max() - fused.min() <= 1e-4
    assert 0.25 - 1e-4 <= fused.mean() <= 0.75 + 1e-4


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_order_of_the_sources_does_not_matter(name):
    a, b = pictures(48, 64)
    assert_allclose(METHODS[name](a, b), METHODS[name](b, a), atol=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_are_those_of_the_table(name):
    """The table states parameters that the function has, and it states the function's own defaults."""
    a, b = pictures(20, 24)
    assert_allclose(METHODS[name](a, b), METHODS[name].function(a, b), atol=0)
