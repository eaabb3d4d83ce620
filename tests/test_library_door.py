"""The door of METHODS: what is let in and turned into float32 in [0, 1], and what is refused in one line."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from aefusion.library import METHODS

WITHOUT_WEIGHTS = [name for name, method in METHODS.items() if "learned" not in method.extra]


@pytest.fixture(scope="module")
def pair():
    """Two photographs, uint8 (33, 47)."""
    from skimage import data

    return tuple(
        cv2.resize(picture, (47, 33), interpolation=cv2.INTER_AREA) for picture in (data.camera(), data.moon())
    )


def test_most_methods_need_no_weights():
    assert len(WITHOUT_WEIGHTS) == len(METHODS) - 16


@pytest.mark.parametrize("name", WITHOUT_WEIGHTS)
def test_every_depth_gives_what_float32_gives(name, pair):
    a, b = (np.float32(picture) / np.float32(255) for picture in pair)
    expected = METHODS[name](a, b)
    assert expected.dtype == np.float32 and 0 <= expected.min() < expected.max() <= 1
    others = {
        "uint8": pair,
        "uint16": [picture.astype(np.uint16) * 257 for picture in pair],
        "float64": [picture.astype(np.float64) / 255 for picture in pair],
        "mixed": [pair[0], b],
    }
    for depth, sources in others.items():
        fused = METHODS[name](*sources)
        assert fused.dtype == np.float32 and fused.shape == a.shape, depth
        # Not always to the last bit: float32(k / 255) and float32(257 k / 65535) may differ in it.
        np.testing.assert_allclose(fused, expected, atol=2e-5, err_msg=depth)


@pytest.mark.parametrize("name", WITHOUT_WEIGHTS)
def test_bytes_give_exactly_what_float32_gives(name, pair):
    a, b = (np.float32(picture) / np.float32(255) for picture in pair)
    np.testing.assert_array_equal(METHODS[name](*pair), METHODS[name](a, b))


@pytest.mark.parametrize("name", WITHOUT_WEIGHTS)
def test_layout_does_not_matter(name, pair):
    a, b = (np.float32(picture) / np.float32(255) for picture in pair)
    turned = [np.asfortranarray(a), np.repeat(b, 2, axis=1)[:, ::2]]
    np.testing.assert_array_equal(METHODS[name](*turned), METHODS[name](a, b))


def test_sources_in_bytes_neither_overflow_nor_come_out_white():
    a, b = np.full((2, 16, 16), 200, np.uint8)
    for name in ("average", "max", "lp"):
        np.testing.assert_allclose(METHODS[name](a, b), 200 / 255, atol=1e-5, err_msg=name)


GOOD = np.full((8, 9), 0.5, np.float32)
# what is given as b, and the error
REFUSED = {
    "colour": (np.zeros((8, 9, 3), np.uint8), r"b has shape \(8, 9, 3\): give a gray picture \(H, W\); aefusion.fuse"),
    "alpha": (np.zeros((8, 9, 4), np.uint8), r"b has shape \(8, 9, 4\): expected \(H, W\), not empty"),
    "one channel": (np.zeros((8, 9, 1), np.uint8), r"b has shape \(8, 9, 1\): expected \(H, W\)"),
    "a line": (np.zeros(9, np.uint8), r"b has shape \(9,\): expected \(H, W\)"),
    "a number": (np.array(0.5), r"b has shape \(\): expected \(H, W\)"),
    "empty": (np.zeros((0, 9), np.float32), r"b has shape \(0, 9\): expected \(H, W\), not empty"),
    "another size": (np.zeros((9, 8), np.uint8), "a is 9x8, b is 8x9: both must have one size: resize them first"),
    "nan": (np.where(np.arange(9) == 3, np.nan, GOOD), "b has 8 values that are NaN or infinite: replace them first"),
    "infinite": (np.full((8, 9), -np.inf), "b has 72 values that are NaN or infinite"),
    "bytes as float": (np.full((8, 9), 200.0), r"b has values from 200 to 200: scale to \[0, 1\], or give uint8"),
    "negative": (GOOD - 1, r"b has values from -0.5 to -0.5: scale to \[0, 1\]"),
    "integers": (np.zeros((8, 9), int), "b has dtype int64: expected uint8, uint16, or float"),
    "truth values": (np.zeros((8, 9), bool), "b has dtype bool: expected uint8, uint16, or float"),
    "complex": (np.zeros((8, 9), complex), "b has dtype complex128: expected uint8"),
    "a list": ([[0.5] * 9] * 8, "b is of the type list: give a NumPy array"),
    "nothing": (None, "b is None: give a NumPy array"),
    "a path": (Path("b.png"), r"b is a path, b.png: read the file first, aefusion.read\('b.png'\).pixels"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("name", ["average", "lp", "mertens"])
def test_what_is_no_gray_picture_is_one_line(name, case):
    wrong, message = REFUSED[case]
    with pytest.raises(ValueError, match=message) as error:
        METHODS[name](GOOD, wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", WITHOUT_WEIGHTS)
def test_every_method_has_the_door(name):
    with pytest.raises(ValueError, match="a has values from 2 to 2"):
        METHODS[name](np.full((8, 9), 2.0), GOOD)


def test_a_picture_of_pillow_and_a_tensor_are_named():
    import torch
    from PIL import Image

    with pytest.raises(ValueError, match=r"a is of the type PIL\.Image\.Image: give a NumPy array"):
        METHODS["lp"](Image.new("L", (9, 8)), GOOD)
    with pytest.raises(ValueError, match=r"a is of the type torch\.Tensor: give a NumPy array"):
        METHODS["lp"](torch.zeros(8, 9), GOOD)


def test_more_sources_are_named_in_order():
    with pytest.raises(ValueError, match="c has dtype int64"):
        METHODS["average"](GOOD, GOOD, np.zeros((8, 9), int))
    with pytest.raises(ValueError, match="a is 9x8, b is 9x8, c is 9x8, d is 8x9: all must have one size"):
        METHODS["max"](GOOD, GOOD, GOOD, GOOD.T)
    with pytest.raises(ValueError, match="lp takes two sources, not 3: fuse them one after the other"):
        METHODS["lp"](GOOD, GOOD, GOOD)
    np.testing.assert_allclose(METHODS["average"](GOOD, GOOD, np.full((8, 9), 255, np.uint8)), 2 / 3, atol=1e-6)


def test_rounding_beyond_the_range_is_clipped():
    over = np.full((8, 9), 1 + 5e-7)
    assert METHODS["max"](GOOD, over).max() == 1
    with pytest.raises(ValueError, match=r"b has values from 1\.00001"):
        METHODS["max"](GOOD, over + 1e-5)


def test_checked_sources_are_not_copied():
    """What is float32 in [0, 1] already goes through as it is: the door costs no more than a look at the values."""
    from aefusion.image.gray import grays

    assert all(given is taken for given, taken in zip((GOOD, GOOD), grays((GOOD, GOOD)), strict=True))


@pytest.mark.parametrize("name", METHODS)
def test_a_parameter_that_is_not_there_is_named(name):
    with pytest.raises(TypeError, match=f"^{name} has no parameter levles: (its parameters are|it has none)") as error:
        METHODS[name](GOOD, GOOD, levles=3)
    for parameter in METHODS[name].parameters:
        assert parameter in str(error.value)


def test_a_source_may_be_named():
    np.testing.assert_array_equal(METHODS["lp"](b=GOOD, a=GOOD, levels=2), METHODS["lp"](GOOD, GOOD, levels=2))
