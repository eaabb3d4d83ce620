"""E_2 and NIQE without texture: one place each, and the same figures wherever they are used."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from aefusion.bench.ranks import combined_evaluation, rank
from aefusion.bench.results import finite
from aefusion.evolution.evaluations import EVALUATIONS
from aefusion.evolution.evaluations import measure as measure_for_bank
from aefusion.quality import METRICS
from aefusion.quality.e2_combined import MEASURED, TERMS, combined, combined_terms
from aefusion.quality.evaluation import evaluate, measured, terms
from aefusion.quality.metric_value import metric_value
from aefusion.quality.niqe import niqe

RESULTS = sorted((Path(__file__).parents[1] / "results").rglob("*.json"))
FLAT = np.full((100, 120), 0.5, np.float32)


@pytest.fixture(scope="module")
def sources():
    """Two photographs, float32 (170, 200)."""
    from skimage.data import camera, moon

    part = np.s_[60:230, 150:350]
    return tuple(np.float32(picture[part] / np.float32(255)) for picture in (camera(), moon()))


@pytest.fixture(scope="module")
def candidates(sources):
    a, b = sources
    return [a, b, (a + b) / 2, np.maximum(a, b), np.zeros_like(a)]


def test_all_who_use_it_give_the_same_to_the_last_bit(sources, candidates):
    raw = np.array([[metric_value(name, *sources, x) for name in MEASURED] for x in candidates])
    expected = combined(raw)
    np.testing.assert_array_equal(EVALUATIONS["E2"].combine(raw), expected)
    assert EVALUATIONS["E2"].metrics == MEASURED
    samples = [dict(zip(MEASURED, map(float, row), strict=True)) for row in raw]
    np.testing.assert_array_equal(combined_evaluation(samples), expected)
    # What belongs to the sources is computed once there, which may differ in the last bits.
    np.testing.assert_allclose(measured(*sources, candidates), raw, rtol=1e-12)
    np.testing.assert_allclose(evaluate(*sources, candidates), expected, rtol=1e-12)
    np.testing.assert_array_equal(evaluate(*sources, candidates), terms(*sources, candidates).mean(axis=1))


def test_the_metric_ranks_a_picture_with_its_sources(sources, candidates):
    a, b = sources
    assert METRICS["E2"](a, b, candidates[2]) == evaluate(a, b, [candidates[2], a, b])[0]


def test_terms_of_known_values():
    raw = np.array([[8, 6, 1, 1, 2, math.inf, 2], [4, 3, 0.5, 0.25, 4, 24.065, 0], [0, 0, -1, 0, math.inf, 0, 0]])
    expected = [[1, 1, 1, 1, 1, 1, 1], [0.5, 0.5, 0.5, 0.25, 0.5, 0.5, 0], [0, 0, -1, 0, 0, 0, 0]]
    np.testing.assert_allclose(combined_terms(raw), expected)
    assert len(TERMS) == len(MEASURED) == 7
    np.testing.assert_allclose(combined(raw), np.mean(expected, axis=1))
    assert combined(np.empty((0, 7))).shape == (0,)


def test_none_stands_for_infinity_in_results():
    sample = {"EN": 4, "AG": 3, "SSIM": 0.5, "VIFF": 0.5, "NIQE": 2, "PSNR": None, "NMI": 0.5}
    flat = sample | {"NIQE": None}
    same = [[4, 3, 0.5, 0.5, niqe, math.inf, 0.5] for niqe in (2, math.inf)]
    np.testing.assert_array_equal(combined_evaluation([sample, flat]), combined(np.array(same)))
    rows = [{"samples": {"pair": dict(each)}, "facts": {}, "measured": {}} for each in (sample, flat)]
    rank(rows, ["NIQE", "E2"])
    assert [row["facts"]["place"] for row in rows] == [1, 2]


def test_another_gradient_takes_the_place_of_ag():
    sample = {"EN": 4, "AG": 3, "BRENNER": 100, "SSIM": 0.5, "VIFF": 0.5, "NIQE": 2, "PSNR": 20, "NMI": 0.5}
    sharper = sample | {"BRENNER": 200}
    by_ag, by_brenner = (combined_evaluation([sample, sharper], gradient) for gradient in ("AG", "BRENNER"))
    assert by_ag[0] == by_ag[1] and by_brenner[0] == pytest.approx(by_brenner[1] - 1 / 14)


@pytest.mark.parametrize("file", [path for path in RESULTS if path.name.startswith(("quality", "variants"))], ids=str)
def test_published_figures_are_those_of_the_one_function(file):
    gradient = "BRENNER" if file.name.startswith("variants") else "AG"
    rows = [row for row in json.loads(file.read_text())["rows"] if row["samples"] and "task" in row["key"]]
    count = 0
    for task in {row["key"]["task"] for row in rows}:
        of_task = [row["samples"] for row in rows if row["key"]["task"] == task]
        for pair in dict.fromkeys(pair for samples in of_task for pair in samples):
            there = [samples[pair] for samples in of_task if pair in samples]
            assert [finite(value) for value in combined_evaluation(there, gradient)] == [x["E2"] for x in there]
            count += len(there)
    assert count > 1000


def test_a_picture_without_texture_is_infinitely_far_from_natural_among_others():
    assert metric_value("NIQE", FLAT, FLAT, FLAT) == math.inf == measure_for_bank("NIQE", FLAT, FLAT, FLAT)
    assert measured(FLAT, FLAT, [FLAT])[0, MEASURED.index("NIQE")] == math.inf
    assert terms(FLAT, FLAT, [FLAT])[0, TERMS.index("NIQE")] == 0
    assert niqe(FLAT, without_texture=99.0) == 99
    for call in (lambda: METRICS["NIQE"](FLAT, FLAT, FLAT), lambda: niqe(FLAT)):
        with pytest.raises(ValueError, match="NIQE is not defined for a picture without texture"):
            call()


@pytest.mark.parametrize("name", METRICS)
def test_a_mark_is_the_value_of_the_metric(name, sources, candidates):
    assert metric_value(name, *sources, candidates[2]) == METRICS[name](*sources, candidates[2])


def test_a_mark_needs_a_picture_that_is_large_enough():
    with pytest.raises(ValueError, match="NIQE needs pictures of at least 96x96, these are 20x20"):
        metric_value("NIQE", FLAT[:20, :20], FLAT[:20, :20], FLAT[:20, :20])


def test_unknown_choices_are_named(sources):
    with pytest.raises(ValueError, match="gradient is 'SF': give one of AG, BRENNER"):
        evaluate(*sources, [sources[0]], gradient="SF")
    with pytest.raises(ValueError, match="over is 'both': give one of mean, sum, a, b"):
        METRICS["SSIM"](*sources, sources[0], over="both")
