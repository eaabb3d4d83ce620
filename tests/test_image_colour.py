"""Colour: what goes through the fusion, what is put back around it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aefusion.image import Metadata, Picture, join, split
from aefusion.image.colour import counts_as_gray, luminance
from aefusion.image.depth import DEPTHS, deepest, to_depth, white

rng = np.random.default_rng(3)
WEIGHTS = np.array([0.299, 0.587, 0.114])
DEPTH_PAIRS = list(itertools.product(DEPTHS, DEPTHS))
SIZES = [(1, 1), (1, 10000), (10000, 1), (2, 4), (4, 1), (37, 53)]


def colour_picture(dtype=np.uint8, size=(37, 53)) -> Picture:
    return Picture(to_depth(rng.random((*size, 3), dtype=np.float32), dtype))


def gray_picture(dtype=np.uint8, size=(37, 53)) -> Picture:
    return Picture(to_depth(rng.random(size, dtype=np.float32), dtype))


def unit(pixels):
    return pixels.astype(np.float64) / white(pixels.dtype)


def in_depth(pixels, dtype):
    pixels = np.clip(pixels, 0, 1)
    return pixels if dtype == np.float32 else np.rint(pixels * white(dtype))


def assert_close(result, expected, dtype, share_of_ties=0.01):
    """Equal; where a value lies within float32 rounding of a half, one level away."""
    result, expected = result.astype(np.float64), in_depth(expected, dtype)
    if dtype == np.float32:
        np.testing.assert_allclose(result, expected, atol=1e-6)
        return
    assert np.abs(result - expected).max() <= 1
    assert (result != expected).mean() <= share_of_ties


def chroma(rgb):
    """Cb and Cr around zero, by the book."""
    y = rgb @ WEIGHTS
    return y, (rgb[..., 2] - y) / 1.772, (rgb[..., 0] - y) / 1.402


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("size", SIZES)
def test_luminance_is_that_of_the_definition(dtype, size):
    picture = colour_picture(dtype, size)
    result = luminance(picture.pixels)
    assert (result.dtype, result.shape) == (np.float32, size)
    np.testing.assert_allclose(result, unit(picture.pixels) @ WEIGHTS, atol=3e-7)
    np.testing.assert_array_equal(result, luminance(picture.pixels, threads=3))


@pytest.mark.parametrize(("depth_a", "depth_b"), DEPTH_PAIRS)
def test_two_grays_pass_untouched(depth_a, depth_b):
    a, b = gray_picture(depth_a), gray_picture(depth_b)
    parts = split(a, b)
    depth = deepest(depth_a, depth_b)
    assert parts.a.dtype == parts.b.dtype == depth
    np.testing.assert_array_equal(parts.a, to_depth(a.pixels, depth))
    np.testing.assert_array_equal(parts.b, to_depth(b.pixels, depth))
    if depth_a == depth_b:
        assert parts.a is a.pixels
    result = join(parts, parts.a)
    assert not result.is_colour
    np.testing.assert_array_equal(result.pixels, parts.a)


@pytest.mark.parametrize(("depth_a", "depth_b"), DEPTH_PAIRS)
@pytest.mark.parametrize("colour_is", ["a", "b"])
def test_one_colour_source_keeps_its_chroma(depth_a, depth_b, colour_is):
    a = (colour_picture if colour_is == "a" else gray_picture)(depth_a)
    b = (colour_picture if colour_is == "b" else gray_picture)(depth_b)
    parts = split(a, b)
    assert parts.chroma_from == colour_is
    assert parts.a.dtype == parts.b.dtype == np.float32
    fused = rng.random((37, 53), dtype=np.float32)
    source = unit((a if colour_is == "a" else b).pixels)
    expected = source + (fused - source @ WEIGHTS)[..., None]
    result = join(parts, fused).pixels
    assert result.dtype == deepest(depth_a, depth_b)
    assert_close(result, expected, result.dtype)
    np.testing.assert_array_equal(result, join(parts, fused, threads=3).pixels)


def test_chroma_is_equal_where_nothing_is_clipped():
    a = Picture(to_depth(0.4 + 0.2 * rng.random((37, 53, 3), dtype=np.float32), np.float32))
    fused = 0.3 + 0.4 * rng.random((37, 53), dtype=np.float32)
    y, cb, cr = chroma(join(split(a, gray_picture()), fused).pixels.astype(np.float64))
    _, cb_a, cr_a = chroma(a.pixels.astype(np.float64))
    np.testing.assert_allclose(y, fused, atol=1e-6)
    np.testing.assert_allclose(cb, cb_a, atol=1e-6)
    np.testing.assert_allclose(cr, cr_a, atol=1e-6)


@pytest.mark.parametrize(("depth_a", "depth_b"), DEPTH_PAIRS)
@pytest.mark.parametrize("size", SIZES)
def test_two_colour_sources_weigh_by_saturation(depth_a, depth_b, size):
    a, b = colour_picture(depth_a, size), colour_picture(depth_b, size)
    parts = split(a, b)
    if parts.chroma_from != "both":
        pytest.skip("one of the single pixels came out gray")
    fused = rng.random(size, dtype=np.float32)
    _, cb_a, cr_a = chroma(unit(a.pixels))
    _, cb_b, cr_b = chroma(unit(b.pixels))

    def weighted(x, y):
        total = np.abs(x) + np.abs(y)
        return np.where(total == 0, 0, (x * np.abs(x) + y * np.abs(y)) / np.where(total == 0, 1, total))

    cb, cr = weighted(cb_a, cb_b), weighted(cr_a, cr_b)
    green = fused - (0.299 * 1.402 * cr + 0.114 * 1.772 * cb) / 0.587
    expected = np.dstack([fused + 1.402 * cr, green, fused + 1.772 * cb]).reshape(*size, 3)
    result = join(parts, fused).pixels
    assert result.dtype == deepest(depth_a, depth_b)
    assert_close(result, expected, result.dtype, share_of_ties=0.02)
    np.testing.assert_array_equal(result, join(parts, fused, threads=3).pixels)


@pytest.mark.parametrize("dtype", DEPTHS)
def test_gray_spots_of_two_colour_sources_stay_gray(dtype):
    a, b = colour_picture(dtype), colour_picture(dtype)
    for picture in (a, b):
        picture.pixels[:5] = white(dtype) * 0.5
        picture.pixels[5:9] = 0
    fused = rng.random((37, 53), dtype=np.float32)
    result = join(split(a, b), fused).pixels[:9]
    expected = to_depth(fused, dtype)[:9, :, None]
    assert np.abs(result.astype(float) - expected).max() <= (1e-6 if dtype == np.float32 else 1)


@settings(max_examples=25, deadline=None)
@given(
    dtype=st.sampled_from(DEPTHS),
    size=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_own_luminance_gives_the_picture_back(dtype, size, seed):
    noise = np.random.default_rng(seed).random((*size, 3), dtype=np.float32)
    picture = Picture(to_depth(noise, dtype))
    for other in (picture, Picture(picture.pixels[..., 0].copy())):
        parts = split(picture, other, "auto")
        if parts.chroma_from == "neither":
            continue
        result = join(parts, parts.a).pixels
        np.testing.assert_allclose(result.astype(float), picture.pixels, atol=1e-6 if dtype == np.float32 else 0)


def test_the_sources_are_not_changed():
    for dtype in DEPTHS:
        a, b = colour_picture(dtype), colour_picture(dtype)
        before = a.pixels.copy(), b.pixels.copy()
        for colour in ("auto", "a", "b", "gray"):
            parts = split(a, b, colour)
            join(parts, rng.random((37, 53), dtype=np.float32))
        np.testing.assert_array_equal(a.pixels, before[0])
        np.testing.assert_array_equal(b.pixels, before[1])


@pytest.mark.parametrize("dtype", DEPTHS)
def test_what_counts_as_gray(dtype):
    base = 0.2 + 0.6 * rng.random((37, 53, 1), dtype=np.float32)
    noise = rng.integers(-2, 3, (37, 53, 3)).astype(np.float32)
    assert counts_as_gray(to_depth(base.repeat(3, 2), dtype))
    rounded = np.rint(base * 255) + noise
    assert counts_as_gray(to_depth((rounded / 255).astype(np.float32), dtype))
    rounded[30, 20] = [100, 105, 100]
    assert not counts_as_gray(to_depth((rounded / 255).astype(np.float32), dtype))
    assert counts_as_gray(to_depth(base[..., 0], dtype))


def test_gray_stored_as_rgb_is_gray_for_auto_alone():
    gray = gray_picture().pixels
    stored = Picture(np.dstack([gray] * 3))
    parts = split(stored, gray_picture())
    assert parts.chroma_from == "neither"
    np.testing.assert_array_equal(parts.a, gray)
    assert not join(parts, parts.a).is_colour
    assert split(stored, gray_picture(), "a").chroma_from == "a"
    assert split(stored, gray_picture(), "b").chroma_from == "neither"
    assert split(stored, colour_picture()).chroma_from == "b"


def test_the_choice_of_the_colour():
    a, b = colour_picture(), colour_picture()
    choices = ("auto", "a", "b", "gray")
    assert [split(a, b, choice).chroma_from for choice in choices] == ["both", "a", "b", "neither"]
    parts = split(a, b, "gray")
    result = join(parts, parts.a).pixels
    np.testing.assert_array_equal(result, np.rint(parts.a * 255).astype(np.uint8))
    with pytest.raises(ValueError, match="expected auto, a, b or gray"):
        split(a, b, "red")  # pyright: ignore[reportArgumentType]


def test_sizes_must_be_equal():
    with pytest.raises(ValueError, match="a is 53x37, b 37x53"):
        split(gray_picture(), gray_picture(size=(53, 37)))
    with pytest.raises(ValueError, match="fused"):
        join(split(gray_picture(), gray_picture()), np.zeros((37, 52), np.uint8))


def test_alpha_and_metadata_of_the_result():
    alpha, other = gray_picture().pixels, gray_picture(np.uint16).pixels
    plain = gray_picture()
    first = Picture(plain.pixels, alpha, Metadata(b"exif a", b"icc a", b"xmp a"))
    second = Picture(colour_picture(np.uint16).pixels, other, Metadata(b"exif b", b"icc b", b"xmp b"))
    fused = rng.random((37, 53), dtype=np.float32)

    both = join(split(first, second), fused)
    np.testing.assert_array_equal(both.alpha, np.maximum(to_depth(alpha, np.uint16), other))
    assert both.metadata == Metadata(b"exif a", b"icc b", b"xmp a")
    one = join(split(first, plain), fused)
    np.testing.assert_array_equal(one.alpha, alpha)
    assert one.metadata == first.metadata
    assert join(split(plain, plain), fused).alpha is None
