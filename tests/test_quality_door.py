"""The door of METRICS: what is let in and turned into float32 in [0, 1], and what is refused in one line."""

import numpy as np
import pytest

import aefusion
from aefusion.image.colour import luminance
from aefusion.quality import CONVENTIONS, METRICS


@pytest.fixture(scope="module")
def three():
    """Two photographs and their larger pixels, uint8 (170, 200)."""
    from skimage.data import camera, moon

    a, b = (picture[60:230, 150:350] for picture in (camera(), moon()))
    return a, b, np.maximum(a, b)


@pytest.mark.parametrize("name", METRICS)
def test_every_depth_gives_what_float32_gives(name, three):
    expected = METRICS[name](*(np.float32(picture) / np.float32(255) for picture in three))
    assert METRICS[name](*three) == expected
    others = {
        "uint16": [picture.astype(np.uint16) * 257 for picture in three],
        "float64": [picture / 255 for picture in three],
        "colour": [np.stack([picture] * 3, axis=2) for picture in three],
        "mixed": [three[0], three[1].astype(np.uint16) * 257, three[2] / 255],
    }
    for depth, pictures in others.items():
        assert METRICS[name](*pictures) == pytest.approx(expected, rel=1e-5, abs=1e-9), depth


def test_entropy_of_bytes_is_that_of_the_picture():
    picture = np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(32, 32)
    assert METRICS["EN"](picture, picture, picture) == 8


@pytest.mark.parametrize("name", METRICS)
def test_of_colour_the_luminance_counts(name):
    random = np.random.default_rng(0)
    colour = [random.integers(0, 256, (170, 180, 3), np.uint8) for _ in range(3)]
    assert METRICS[name](*colour) == METRICS[name](*(luminance(picture) for picture in colour))
    names = [name]
    assert METRICS[name](*colour) == aefusion.score(*colour, metrics=names)[name]


GOOD = np.full((20, 20), 0.5, np.float32)
# what is given as the fused picture, and the error
REFUSED = {
    "alpha": (np.zeros((20, 20, 4), np.uint8), r"fused has shape \(20, 20, 4\): expected \(H, W\) or \(H, W, 3\)"),
    "empty": (np.zeros((20, 0), np.uint8), r"fused has shape \(20, 0\): expected"),
    "nan": (np.full((20, 20), np.nan), "fused has 400 values that are NaN or infinite: replace them first"),
    "bytes as float": (np.full((20, 20), 255.0), r"fused has values from 255 to 255: scale to \[0, 1\], or give uint8"),
    "negative": (GOOD - 1, "fused has values from -0.5 to -0.5"),
    "integers": (np.zeros((20, 20), np.int32), "fused has dtype int32: expected uint8, uint16, or float"),
    "a list": ([[0.5] * 20] * 20, "fused is of the type list: give a NumPy array"),
    "nothing": (None, "fused is None: give a NumPy array"),
    "a path": ("fused.png", "fused is a path, fused.png: read the file first"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("name", METRICS)
def test_what_is_no_picture_is_one_line(name, case):
    wrong, message = REFUSED[case]
    with pytest.raises(ValueError, match=message) as error:
        METRICS[name](GOOD, GOOD, wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.needs_sources])
def test_sizes_that_differ_are_named(name):
    with pytest.raises(ValueError, match="a is 20x20, b is 19x20, fused is 20x20: all three must have one size"):
        METRICS[name](GOOD, GOOD[:, 1:], GOOD)


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if not metric.needs_sources])
def test_sources_that_are_not_needed_are_not_looked_at(name, three):
    assert METRICS[name](None, None, three[2]) == METRICS[name](*three)


@pytest.mark.parametrize("name", METRICS)
def test_an_unknown_convention_is_refused(name, three):
    with pytest.raises(ValueError, match="no convention 'vfib': known are paper, vifb"):
        METRICS[name](*three, convention="vfib")
    for convention in CONVENTIONS:
        assert METRICS[name](*three, convention) == aefusion.score(*three, [name], convention)[name]


def test_parameters_of_the_function(three):
    of_a, of_b = (METRICS["SSIM"](*three, over=source) for source in "ab")
    assert METRICS["SSIM"](*three) == pytest.approx((of_a + of_b) / 2)
    with pytest.raises(TypeError, match="ovr"):
        METRICS["SSIM"](*three, ovr="a")
