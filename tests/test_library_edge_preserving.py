"""The edge-preserving and multi-scale methods: what they promise, and that they equal reference code."""

import inspect
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from aefusion.library import METHODS
from aefusion.library.adf import anisotropic_diffusion
from aefusion.library.cbf import cross_bilateral_filter, significance
from aefusion.library.fpde import fourth_order_diffusion
from aefusion.library.gfce import enhance
from aefusion.transforms.bilateral_filter import bilateral_filter
from aefusion.transforms.cubic_resize import cubic_resize
from aefusion.transforms.hybrid_layers import decompose, gaussian
from aefusion.transforms.perceptual_saliency import relative_saliency
from aefusion.transforms.total_variation_l1 import total_variation_l1

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
    ("gtf", "GTF", 0.02, {}),
    ("ifevip", "IFEVIP", 0.7, {}),
    ("hmsd_gf", "HMSD_GF", 0.01, {}),
    ("hybrid_msd", "Hybrid_MSD", 0.01, {}),
    ("gfce", "GFCE", 0.01, {}),
]
NAMES = sorted({name for name, *_ in REFERENCE})
SYMMETRIC = ["cbf", "adf", "fpde", "mgff", "tif"]
MIRRORED = [*SYMMETRIC, "gff", "wls", "hmsd_gf"]


def pictures(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two different pictures with edges, gradients, texture and flat parts."""
    rows, columns = np.mgrid[:height, :width]
    noise = np.random.default_rng(seed).random((height, width))
    a = 0.2 + 0.5 * columns / width + 0.2 * (rows > height / 3) * noise
    b = 0.7 - 0.4 * rows / height + 0.25 * ((columns - width / 2) ** 2 + (rows - height / 2) ** 2 < height**2 / 9)
    return a.astype(np.float32), np.clip(b, 0, 1).astype(np.float32)


@pytest.mark.data
@pytest.mark.skipif(not GOLDEN.exists(), reason="needs the shared golden values")
@pytest.mark.parametrize("pair", ["fight", "manWalking", "walking"])
@pytest.mark.parametrize(("name", "reference", "tolerance", "parameters"), REFERENCE)
def test_equals_the_reference(name, reference, tolerance, parameters, pair):
    a, b = (cv2.imread(str(GOLDEN / "gray" / side / f"{pair}.png"), 0).astype(np.float32) / 255 for side in "ab")
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
    unchanged = {"gain": 1.0} if name in ("hmsd_gf", "gfce") else {}
    fused = METHODS[name](np.full(shape, 0.25, np.float32), np.full(shape, 0.75, np.float32), **unchanged)
    assert fused.max() - fused.min() <= 1e-4
    assert 0.25 - 1e-4 <= fused.mean() <= 0.75 + 1e-4


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_order_of_the_sources_does_not_matter(name):
    a, b = pictures(48, 64)
    assert_allclose(METHODS[name](a, b), METHODS[name](b, a), atol=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_states_the_defaults_of_the_function(name):
    signature = inspect.signature(METHODS[name].function).parameters
    assert METHODS[name].parameters
    assert METHODS[name].parameters == {key: signature[key].default for key in METHODS[name].parameters}


@pytest.mark.parametrize("name", MIRRORED)
def test_mirrored_sources_give_the_mirrored_picture(name):
    a, b = pictures(45, 70)
    mirrored = METHODS[name](a[:, ::-1].copy(), b[:, ::-1].copy())
    assert np.abs(mirrored[:, ::-1] - METHODS[name](a, b)).mean() <= 1e-4


@pytest.mark.parametrize("name", ["gff", "cbf", "wls", "mgff"])
def test_two_half_sharp_pictures_give_a_sharper_one(name):
    sharp, _ = pictures(80, 120)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2)
    left = np.arange(120) < 60
    a, b = np.where(left, sharp, blurred), np.where(left, blurred, sharp)

    def error(picture):
        return np.abs(picture - sharp).mean()

    assert error(METHODS[name](a, b)) < min(error(a), error(b))


def test_diffusion_moves_gray_levels_but_neither_makes_nor_loses_any():
    picture = 255 * pictures(40, 50)[0]
    smooth = anisotropic_diffusion(picture, 10, 0.15, 30)
    assert_allclose(smooth.mean(), picture.mean(), rtol=1e-5)
    assert smooth.std() < picture.std()


def test_fourth_order_diffusion_leaves_a_plane_alone():
    rows, columns = np.mgrid[:30, :40].astype(np.float32)
    plane = 10 + 2 * rows + 3 * columns
    assert_allclose(fourth_order_diffusion(plane, 20, 0.9, 4), plane, rtol=1e-5)


def test_cross_bilateral_filter_equals_its_definition():
    source, guide = (255 * x.astype(np.float64) for x in pictures(12, 15))
    filtered = cross_bilateral_filter(source, guide, 1.8, 25, 5)
    rows, columns = np.mgrid[4:9, 6:11]
    weight = np.exp(-((rows - 6) ** 2 + (columns - 8) ** 2) / (2 * 1.8**2))
    weight *= np.exp(-((guide[4:9, 6:11] - guide[6, 8]) ** 2) / (2 * 25**2))
    assert_allclose(filtered[6, 8], (weight * source[4:9, 6:11]).sum() / weight.sum())


def test_significance_is_the_sum_of_the_eigenvalues_of_both_covariances():
    detail = pictures(12, 15)[0].astype(np.float64)
    window = detail[4:9, 6:11]
    eigenvalues = [np.linalg.eigvalsh(np.cov(lines)) for lines in (window, window.T)]
    assert_allclose(significance(detail, 5)[6, 8], np.sum(eigenvalues))


def test_bilateral_filter_smooths_but_keeps_a_high_step():
    noise = np.random.default_rng(1).normal(0, 0.01, (48, 64))
    step = np.repeat([[0.2, 0.8]], 32, axis=1)
    smooth = bilateral_filter((step + noise).astype(np.float32), 3, 0.1)
    assert np.abs(smooth - step).max() < 0.015
    assert np.abs(smooth - step).std() < 0.5 * noise.std()


def test_total_variation_has_a_smaller_cost_than_what_it_started_from():
    target = pictures(40, 50)[0] - pictures(40, 50)[1]

    def cost(x):
        across, down = np.diff(x, axis=1, append=x[:, -1:]), np.diff(x, axis=0, append=x[-1:])
        return np.abs(x - target).sum() + 4 * np.hypot(across, down).sum()

    solution = total_variation_l1(target, 4.0, 5, 500)
    median = np.full_like(target, np.median(target))
    assert cost(solution) < 0.5 * cost(target)
    assert cost(solution) < 1.02 * cost(median)


def test_cubic_resize_equals_pillow_away_from_the_border():
    image = pytest.importorskip("PIL.Image")
    picture = pictures(60, 80)[0]
    for height, width in ((97, 113), (31, 45)):
        expected = np.asarray(image.fromarray(picture).resize((width, height), image.Resampling.BICUBIC))
        assert_allclose(cubic_resize(picture, height, width)[6:-6, 6:-6], expected[6:-6, 6:-6], atol=1e-5)


def test_the_layers_sum_to_the_picture():
    picture = pictures(40, 50)[0]
    layers = decompose(picture, 3, lambda x, level: gaussian(x, 2 + level), lambda x, level: gaussian(x, 1 + level))
    assert_allclose(sum(layers.textures) + sum(layers.edges) + layers.base, picture, atol=1e-6)


def test_a_picture_is_as_salient_as_itself_and_more_than_its_blurred_self():
    picture = 255 * pictures(90, 100)[0]
    assert relative_saliency(picture, picture) == 1
    assert relative_saliency(picture, 0 * picture) == np.inf
    assert relative_saliency(0 * picture, 0 * picture) == 1
    assert relative_saliency(cv2.GaussianBlur(picture, (0, 0), 3), picture) < 1


def test_enhancement_brightens_the_dark_part():
    picture = pictures(150, 120)[0]
    picture[:, :60] *= 0.1
    enhanced = enhance(picture)
    assert enhanced[:, :60].mean() > 2 * picture[:, :60].mean()
    assert enhanced.max() <= 1


def test_infrared_features_only_add():
    a, b = pictures(70, 90)
    assert (METHODS["ifevip"](a, b) >= a - 1e-6).all()


@pytest.mark.parametrize("name", NAMES)
def test_extreme_pictures_give_a_picture(name):
    rows, columns = np.mgrid[:21, :34]
    nearly_flat = 0.3 + 1e-7 * np.random.default_rng(2).standard_normal((21, 34))
    extremes = [0 * rows, 1 + 0 * rows, (rows + columns) % 2, columns == 0, rows / 20, nearly_flat]
    extremes = [picture.astype(np.float32) for picture in extremes]
    for a in extremes:
        for b in extremes:
            fused = METHODS[name](a, b)
            assert np.isfinite(fused).all()
            assert fused.min() >= 0
            assert fused.max() <= 1


@pytest.mark.parametrize("name", ["hybrid_msd", "hmsd_gf", "gfce"])
def test_too_few_levels_are_named(name):
    with pytest.raises(ValueError, match="levels is 1"):
        METHODS[name](*pictures(20, 20), levels=1)
