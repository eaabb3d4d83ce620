"""The CPU engine against a float64 evaluation of the same network, for every instruction set, size and depth."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aefusion.engine import cpu, opencv
from aefusion.engine.two_layers import TwoLayers

FORMS = ((3, 5), (1, 3))
DTYPES = (np.uint8, np.uint16, np.float32)
needs_kernel = pytest.mark.skipif(not cpu.instruction_sets(), reason="installed without a compiler")


def random_weights(k1, k2, seed=0):
    """Weights that give results on both sides of 0 and 1, so that the clipping is seen."""
    rng = np.random.default_rng(seed)
    shapes = ((64, 2, k1, k1), (64,), (1, 64, k2, k2), (1,))
    sizes = (1 / k1, 0.3, 1 / (4 * k2), 0.3)
    return TwoLayers(*(rng.normal(0, s, shape).astype(np.float32) for s, shape in zip(sizes, shapes, strict=True)))


def random_pair(shape, dtype, seed=0):
    pair = np.random.default_rng(seed).random((2, *shape))
    return (pair * full(dtype)).round().astype(dtype) if dtype != np.float32 else pair.astype(dtype)


def full(dtype):
    return 1 if dtype == np.float32 else np.iinfo(dtype).max


def exact(weights, a, b):
    """The network in float64, whole maps at a time, in [0, 1]."""
    k1, k2 = weights.w1.shape[2], weights.w2.shape[2]
    margin = k1 // 2 + k2 // 2
    x = [np.pad(p.astype(np.float64) / full(p.dtype), margin, mode="reflect") for p in (a, b)]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k1, k1), (1, 2))
    maps = np.einsum("shwij,csij->chw", windows, weights.w1.astype(np.float64), optimize=True)
    maps = np.maximum(maps + weights.b1[:, None, None], 0)
    windows = np.lib.stride_tricks.sliding_window_view(maps, (k2, k2), (1, 2))
    total = np.einsum("chwij,cij->hw", windows, weights.w2[0].astype(np.float64), optimize=True)
    return np.clip(total + weights.b2[0], 0, 1)


def engines():
    """Everything that evaluates the network here: the kernel with each instruction set, and OpenCV."""
    found = {name: lambda *args, name=name: cpu.run(*args, instruction_set=name) for name in cpu.instruction_sets()}
    return found | {"opencv": opencv.run}


def assert_exact(weights, a, b):
    expected = exact(weights, a, b)
    for name, run in engines().items():
        fused = run(weights, a, b, 2)
        assert fused.shape == a.shape and fused.dtype == a.dtype, name
        error = np.abs(fused.astype(np.float64) / full(a.dtype) - expected).max()
        tolerance = 1e-5 if a.dtype == np.float32 else 0.5 / full(a.dtype) + 1e-5
        assert error <= tolerance, (name, a.shape, a.dtype, error)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 1000), (1000, 1), (3, 4), (61, 97), (40, 203)])
def test_equals_float64(form, dtype, shape):
    assert_exact(random_weights(*form), *random_pair(shape, dtype))


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 220)),
    st.sampled_from(FORMS),
    st.sampled_from(DTYPES),
    st.integers(0, 99),
)
def test_equals_float64_on_any_size(shape, form, dtype, seed):
    assert_exact(random_weights(*form, seed), *random_pair(shape, dtype, seed))


def test_clips_on_both_sides():
    fused = cpu.run(random_weights(3, 5, seed=2), *random_pair((80, 80), np.float32))
    assert fused.min() == 0 and fused.max() == 1 and 0.05 < fused.mean() < 0.95


@needs_kernel
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("instruction_set", cpu.instruction_sets())
def test_threads_and_strips_change_no_bit(form, instruction_set):
    weights, (a, b) = random_weights(*form), random_pair((150, 333), np.float32)
    whole = cpu.run(weights, a, b, 1, instruction_set)
    for threads in (2, 3, 7):
        assert np.array_equal(whole, cpu.run(weights, a, b, threads, instruction_set))
    for rows in (1, 3, 50):
        fused = np.empty_like(a)
        for top in range(0, len(a), rows):
            cpu._kernel.strip(instruction_set, *weights.packed, a, b, fused, top, min(top + rows, len(a)))
        assert np.array_equal(whole, fused)


@pytest.mark.parametrize("form", FORMS)
def test_a_tile_with_its_margin_equals_the_whole(form):
    weights, (a, b) = random_weights(*form), random_pair((90, 260), np.float32)
    margin = form[0] // 2 + form[1] // 2
    whole = cpu.run(weights, a, b)
    tile = np.s_[20 - margin : 70 + margin, 31 - margin : 200 + margin]
    part = cpu.run(weights, a[tile], b[tile])[margin:-margin, margin:-margin]
    assert np.array_equal(part, whole[20:70, 31:200])


def test_any_strides():
    weights, (a, b) = random_weights(3, 5), random_pair((40, 50), np.uint16)
    expected = cpu.run(weights, a, b)
    wide = np.zeros((80, 120), np.uint16)
    wide[::2, 3:53] = a
    assert np.array_equal(cpu.run(weights, wide[::2, 3:53], np.asfortranarray(b)), expected)
    mirrored = cpu.run(weights, np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1], b)
    assert np.array_equal(mirrored, expected)
    odd = np.zeros((40, 50), np.dtype([("byte", np.uint8), ("value", np.uint16)]))
    odd["value"] = a
    a.flags.writeable = False
    assert np.array_equal(cpu.run(weights, odd["value"], b), cpu.run(weights, a, b))
    column = np.asfortranarray(a[:, 3:4])
    assert np.array_equal(cpu.run(weights, column, column), cpu.run(weights, a[:, 3:4].copy(), a[:, 3:4].copy()))


def test_nan_stays_inside_the_range_and_near():
    weights, (a, b) = random_weights(3, 5), random_pair((40, 120), np.float32)
    clean = cpu.run(weights, a, b)
    a[20, 60] = np.nan
    for name in cpu.instruction_sets():
        fused = cpu.run(weights, a, b, instruction_set=name)
        assert fused.min() >= 0 and fused.max() <= 1
        far = np.ones(a.shape, bool)
        far[17:24, 57:64] = False
        assert np.abs(fused - clean)[far].max() < 1e-5


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((4, 5), np.uint8), np.zeros((5, 4), np.uint8), "one size"),
        (np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5, 3), np.uint8), "gray"),
        (np.zeros((0, 5), np.uint8), np.zeros((0, 5), np.uint8), "empty"),
        (np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.uint16), "uint8, b is uint16"),
        (np.zeros((4, 5)), np.zeros((4, 5)), "float64"),
    ],
)
def test_refuses(a, b, message):
    for run in engines().values():
        with pytest.raises(ValueError, match=message):
            run(random_weights(3, 5), a, b, 1)


def test_refuses_weights_threads_and_instruction_sets():
    weights, (a, b) = random_weights(3, 5), random_pair((4, 4), np.uint8)
    with pytest.raises(ValueError, match=r"\(64, 2, 5, 5\)"):
        TwoLayers(np.zeros((64, 2, 5, 5), np.float32), weights.b1, weights.w2, weights.b2)
    with pytest.raises(ValueError, match="threads is 0"):
        cpu.run(weights, a, b, 0)
    if cpu.instruction_sets():
        with pytest.raises(ValueError, match="sse9"):
            cpu.run(weights, a, b, instruction_set="sse9")


def test_falls_back_to_opencv(monkeypatch):
    weights, (a, b) = random_weights(3, 5), random_pair((30, 40), np.uint8)
    monkeypatch.setattr(cpu, "_kernel", None)
    assert cpu.instruction_sets() == []
    assert np.array_equal(cpu.run(weights, a, b, 2), opencv.run(weights, a, b))


@needs_kernel
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be counted here")
def test_threads_are_respected(monkeypatch):
    seen = set()
    kernel = cpu._kernel

    class Spy:
        instruction_sets = kernel.instruction_sets

        @staticmethod
        def strip(*args):
            seen.add(threading.get_ident())
            kernel.strip(*args)

    monkeypatch.setattr(cpu, "_kernel", Spy)
    weights, (a, b) = random_weights(3, 5), random_pair((400, 400), np.uint8)
    cpu.run(weights, a, b, threads=1)
    assert seen == {threading.get_ident()}
    seen.clear()
    for _ in range(20):
        cpu.run(weights, a, b, threads=2)
    assert len(seen) == 2


def python(code):
    """What a fresh Python prints for this code, run beside this file."""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


PAIR = """
import os, sys, numpy as np
sys.path.insert(0, "")
from test_engine_cpu import cpu, random_weights
weights = random_weights(3, 5)
a, b = np.full((SHAPE), 7, np.uint8), np.full((SHAPE), 9, np.uint8)
"""

MEMORY = """
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])

cpu.run(weights, a[:99], b[:99])
before = peak()
cpu.run(weights, a, b)
print(peak() - before)
"""

FORK = """
expected = cpu.run(weights, a, b, 2)
child = os.fork()
if child == 0:
    os._exit(not np.array_equal(expected, cpu.run(weights, a, b, 2)))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@needs_kernel
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_memory_is_the_arrays_and_little_more():
    size = 4000 * 6000
    grown = int(python(PAIR.replace("SHAPE", "4000, 6000") + MEMORY)) * 1024
    assert size * 0.9 < grown < size + 64 * 2**20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_runs_in_a_forked_child():
    assert python(PAIR.replace("SHAPE", "64, 64") + FORK) == "0\n"
