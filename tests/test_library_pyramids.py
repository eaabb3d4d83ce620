"""The pyramid, wavelet and sparse transform methods: identities they must obey, and the golden values."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from aefusion.library import METHODS
from aefusion.library._pyramid import down, even, up
from aefusion.library._selection import stronger_consistent

SHARED = Path(os.environ.get("AEFUSION_SHARED", Path(__file__).resolve().parents[2] / "shared"))
GOLDEN = SHARED / "golden"

# method, folder of the golden values, largest mean absolute difference in gray levels
FIDELITY = [
    ("lp", "LP", 0.1),
]


def sources(height: int = 96, width: int = 130) -> tuple[np.ndarray, ...]:
    noise = np.random.default_rng(1).random((2, height, width), dtype=np.float32)
    return tuple(_stretch(cv2.GaussianBlur(noise[k], (0, 0), sigma)) for k, sigma in enumerate((1.0, 2.5)))


def _stretch(picture: np.ndarray) -> np.ndarray:
    return (picture - picture.min()) / np.ptp(picture)


def test_laplacian_pyramid_is_the_published_recursion():
    a, b = sources(64, 48)
    low_a, low_b = down(a), down(b)
    expected = stronger_consistent(a - up(low_a), b - up(low_b)) + up((low_a + low_b) / 2)
    np.testing.assert_allclose(METHODS["lp"](a, b, levels=1), np.clip(expected, 0, 1), atol=1e-6)


def test_pyramid_steps_are_the_binomial_filter():
    impulse = np.zeros((16, 16), np.float32)
    impulse[8, 8] = 1
    taps = np.array([1, 4, 6, 4, 1]) / 16
    np.testing.assert_allclose(down(impulse)[4, 3:6] * 256, [6, 36, 6], atol=1e-5)
    np.testing.assert_allclose(up(impulse)[14:19, 14:19], 4 * np.outer(taps, taps), atol=1e-6)
    assert even(np.zeros((5, 8), np.float32)).shape == (6, 8)


def test_choice_follows_the_neighbourhood_not_the_single_pixel():
    a, b = np.zeros((2, 9, 9), np.float32)
    a[:] = 0.1
    b[4, 4] = -0.5
    chosen = stronger_consistent(a, b)
    assert chosen[4, 4] == np.float32(-0.5)
    assert chosen[3, 4] == 0  # six of its nine neighbours lie within 3x3 of the strong one
    assert chosen[3, 3] == np.float32(0.1)  # four of nine


@pytest.mark.parametrize("base, pick", [("mean", np.mean), ("max", np.max)])
def test_base_rule_decides_between_constant_pictures(base, pick):
    dark, bright = np.full((40, 40), 0.2, np.float32), np.full((40, 40), 0.6, np.float32)
    fused = METHODS["lp"](dark, bright, base=base)
    np.testing.assert_allclose(fused, pick([0.2, 0.6]), atol=1e-6)


def test_errors_name_the_parameter():
    a, b = sources(16, 16)
    with pytest.raises(ValueError, match="levels is 0"):
        METHODS["lp"](a, b, levels=0)
    with pytest.raises(ValueError, match="base is 'median'"):
        METHODS["lp"](a, b, base="median")


@pytest.mark.data
@pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden values are not here")
@pytest.mark.parametrize("name, folder, tolerance", FIDELITY)
def test_fidelity(name, folder, tolerance):
    references = sorted((GOLDEN / "methods" / folder).glob("*.png"))
    assert references
    for path in references:
        a, b = (read(GOLDEN / "gray" / side / path.name) for side in "ab")
        fused = np.floor(METHODS[name](a, b) * 255 + 0.5)
        assert np.abs(fused - read(path) * 255).mean() <= tolerance, path.name


def read(path: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.float32) / 255
