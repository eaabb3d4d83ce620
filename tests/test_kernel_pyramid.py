"""The levels of a pyramid in the kernel against OpenCV's, and the network on a pyramid."""

import cv2
import numpy as np
import pytest
from test_engine_cpu import full, needs_kernel, random_pair

from aefusion.engine import Trained, cpu, fold, pyramid, start
from aefusion.network.levels import level_sizes
from aefusion.speed.engines import network

pytestmark = needs_kernel
SIZES = [(1, 1), (1, 2), (2, 1), (3, 5), (16, 17), (33, 130), (71, 200)]


def halves(shape):
    return tuple((n + 1) // 2 for n in shape)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("name", cpu.instruction_sets())
def test_reducing_is_opencvs_whatever_the_strips(name, shape):
    kernel = cpu._kernel
    for dtype in (np.uint8, np.uint16, np.float32):
        x = random_pair(shape, dtype)[0]
        expected = cv2.pyrDown(x.astype(np.float32) / np.float32(full(dtype)))
        whole, parts = np.empty(halves(shape), np.float32), np.ones(halves(shape), np.float32)
        kernel.reduce(name, x, whole, False, 0, len(whole))
        np.testing.assert_allclose(whole, expected, atol=1e-6)
        for top in range(0, len(parts), 3):
            kernel.reduce(name, x, parts, True, top, min(top + 3, len(parts)))
        np.testing.assert_array_equal(parts, 1 - whole)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("name", cpu.instruction_sets())
def test_enlarging_is_opencvs_whatever_the_strips(name, shape):
    kernel, random = cpu._kernel, np.random.default_rng(0)
    coarse, level = random.normal(0.2, 0.3, halves(shape)).astype(np.float32), random.random(shape, np.float32)
    expected = cv2.pyrUp(coarse, dstsize=shape[::-1]) + level
    to = np.empty(shape, np.float32)
    kernel.enlarge(name, coarse, level, to, False, 0, len(to))
    np.testing.assert_allclose(to, expected, atol=1e-6)
    for dtype in (np.uint8, np.uint16, np.float32):
        whole, parts = np.empty(shape, dtype), np.empty(shape, dtype)
        kernel.enlarge(name, coarse, level, whole, True, 0, len(whole))
        error = np.abs(whole.astype(np.float64) / full(dtype) - np.clip(expected, 0, 1)).max()
        assert error < (0.501 / full(dtype) if dtype != np.float32 else 0) + 1e-6
        for top in range(0, len(parts), 5):
            kernel.enlarge(name, coarse, level, parts, True, top, min(top + 5, len(parts)))
        np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (17, 33), (131, 200), (16, 400), (181, 201)])
def test_the_network_on_a_pyramid_is_that_of_opencvs_pyramid_on_any_number_of_threads(shape, monkeypatch):
    monkeypatch.setattr(pyramid, "ALONE", 1)
    trained = Trained.load("aenetv2-p")
    for dtype in (np.uint8, np.uint16, np.float32):
        a, b = random_pair(shape, dtype)
        fused = start(trained, "cpu", 1)(a, b)
        expected = start(trained, "cpu", 1)._with_opencv(a, b, level_sizes(*shape))
        assert fused.dtype == dtype and fused.shape == shape
        assert np.abs(fused.astype(np.float64) - expected).max() <= (1 if dtype != np.float32 else 1e-6)
        assert np.array_equal(start(trained, "cpu", 3)(a, b), fused)
        assert np.array_equal(start(trained, "cpu", 2)(a[:, ::-1], b[:, ::-1]), start(trained, "cpu", 1)(
            np.ascontiguousarray(a[:, ::-1]), np.ascontiguousarray(b[:, ::-1])))  # fmt: skip


def test_sizes_that_do_not_belong_together_are_refused():
    kernel, name = cpu._kernel, cpu.instruction_sets()[0]
    large, small = np.zeros((8, 9), np.float32), np.zeros((4, 5), np.float32)
    with pytest.raises(ValueError, match="half the size"):
        kernel.reduce(name, large, np.zeros((4, 4), np.float32), False, 0, 4)
    with pytest.raises(ValueError, match="no such rows"):
        kernel.reduce(name, large, small, False, 0, 5)
    with pytest.raises(ValueError, match="half the size"):
        kernel.enlarge(name, small, large[:, :6], large[:, :6].copy(), False, 0, 8)
    with pytest.raises(ValueError, match="float before the last"):
        kernel.enlarge(name, small, large, np.zeros((8, 9), np.uint8), False, 0, 8)


@pytest.mark.parametrize("model", ["aenetv2", "aenetv2-squeeze-gcb"])
def test_integers_give_floats_that_are_not_rounded_where_it_is_asked(model):
    weights = cpu.network_for_kernel(fold(network(model)))
    for dtype in (np.uint8, np.uint16, np.float32):
        a, b = random_pair((20, 30), dtype)
        exact = cpu.run(weights, *(x.astype(np.float32) / np.float32(full(dtype)) for x in (a, b)))
        fused = cpu.run(weights, a, b, floats=True)
        assert fused.dtype == np.float32
        np.testing.assert_allclose(fused, exact, atol=1e-6)


def test_pairs_of_different_sizes_are_shared_out_together():
    weights = cpu.network_for_kernel(fold(network("aenetv2")))
    pairs = [random_pair(shape, np.uint8) for shape in ((200, 90), (33, 20), (1, 1), (150, 300))]
    for threads in (1, 2, 3):
        for pair, fused in zip(pairs, cpu.run_many(weights, pairs, threads), strict=True):
            assert np.array_equal(fused, cpu.run(weights, *pair, 1))
