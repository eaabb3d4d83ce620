"""The engines side by side, the roofline, and what happens where one of them fails."""

import json

import jsonschema
import numpy as np
import pytest

from aefusion.bench import speed
from aefusion.bench.results import SCHEMA, read
from aefusion.bench.speed import bench_speed, check_same, parsed
from aefusion.bench.speed_tables import tables
from aefusion.cli import main
from aefusion.engine import cpu, fold
from aefusion.speed import lane
from aefusion.speed.engines import engines, network, same_picture
from aefusion.speed.lane import Failed, Lane, sources
from aefusion.speed.peers import plain_pyramid
from aefusion.speed.roofline import Roofline

QUICK = {"runs": 2, "threads": [1], "roofline_pixels": 1 << 16}


@pytest.mark.parametrize("model", ["aenetv2", "aenetv2-plusplus", "aenetv2-squeeze", "aenetv2-p"])
def test_all_engines_of_a_network_give_one_picture(model):
    pictures = {}
    for name, make in engines(network(model)).items():
        if same_picture(name):
            fused = make(2)(*sources(96, 112, name))
            pictures[name] = fused / np.float32(255) if fused.dtype == np.uint8 else fused
    first, *rest = pictures.values()
    assert len(rest) >= 4 and first.std() > 0.01
    for name, picture in pictures.items():
        check_same(name, picture, first)


def test_another_picture_is_a_failure():
    picture = np.zeros((8, 8), np.float32)
    with pytest.raises(Failed, match=r"differs .* by up to 0\.0100"):
        check_same("ONNX Runtime, folded", picture + np.float32(0.01), picture)


@pytest.mark.parametrize("shape", [(64, 96), (97, 75)])
def test_the_plain_pyramid_keeps_a_picture_and_takes_the_stronger_detail(shape):
    a = np.random.default_rng(0).random(shape, np.float32)
    np.testing.assert_allclose(plain_pyramid(a, a), a, atol=1e-5)
    fused = plain_pyramid(a, np.full_like(a, 0.5))
    assert fused.shape == shape and np.corrcoef(fused.ravel(), a.ravel())[0, 1] > 0.95


def test_a_run_is_a_file_of_results_that_goes_on(tmp_path, monkeypatch):
    wanted = {"sizes": ["96x64"], "engines": ["opencv", "laplacian pyramid (lp)"], "results": tmp_path} | QUICK
    found = bench_speed(**wanted)
    content = read(found.path)
    jsonschema.validate(content, json.loads(SCHEMA.read_text()))
    rows = {row["key"]["engine"]: row for row in content["rows"]}
    assert {f"peak {name}" for name in cpu.instruction_sets()} | {"memory", "OpenCV filters"} <= rows.keys()
    filters = rows["OpenCV filters"]
    assert filters["key"] == {"model": "aenetv2", "width": 96, "height": 64, "threads": 1, "engine": "OpenCV filters"}
    assert filters["measured"]["wall"]["count"] == 2 and filters["measured"]["wall"]["median"] > 0
    maps = fold(network("aenetv2")).graph[1].channels  # those that are not idle: each takes 18 and 25
    assert filters["facts"]["multiply-adds a pixel"] == 43 * maps
    shown = tables(content)
    assert len(shown) == 5 and [row[0] for row in shown[2].rows] == [
        name for name in rows if "wall" in rows[name]["measured"]
    ]
    monkeypatch.setattr(speed, "Lane", None)  # nothing is measured twice
    assert bench_speed(**wanted).rows == content["rows"]


def test_an_engine_that_would_need_too_much_memory_is_a_row_that_says_so(tmp_path):
    if lane.held("VmHWM") is None:
        pytest.skip("this system does not tell how much memory a process holds")
    found = bench_speed(sizes=["600x600"], engines=["onnx runtime, paper", "laplacian pyramid (lp)"], memory=50e6,
                        results=tmp_path, **QUICK)  # fmt: skip
    failed = {row["key"]["engine"]: row["failure"] for row in found.rows}
    assert "not run: it would need about 0." in failed["ONNX Runtime, paper's graph"]
    assert failed["Laplacian pyramid (lp)"] is None
    peak = found.rows[-1]["facts"]["peak memory"]
    assert 600 * 600 * 4 <= peak < 100e6
    assert any("failed" in row for row in tables(found.content)[2].rows)


def test_a_process_that_dies_is_a_failure():
    one = Lane("aenetv2", "Laplacian pyramid (lp)", 64, 64)
    try:
        one.prepare(1, 1e9)
        one.process.kill()
        with pytest.raises(Failed, match="its process ended"):
            one.run()
    finally:
        one.close()


def test_the_roofline_grows_with_the_instructions():
    with Roofline(1, pixels=1 << 18, rounds=20_000) as roofline:
        peaks = [roofline.peaks() for _ in range(3)]
        assert roofline.memory().wall > 0
    sets = cpu.instruction_sets()
    if len(sets) > 1:  # twice the lanes or more
        best, least = (max(peak[name].processor for peak in peaks) for name in (sets[0], sets[-1]))
        assert best > 1.2 * least > 0


@pytest.mark.parametrize("size", ["400", "400x", "x400", "axb", "63x400", "-400x400"])
def test_sizes_are_checked(size):
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        parsed(size)


def test_what_is_wrong_with_the_arguments_is_one_line(tmp_path, capsys):
    for words in (["--engines", "cuda"], ["--runs", "0"], ["--threads", "0"], ["--models", "resnet"]):
        with pytest.raises(SystemExit) as stop:
            main(["bench", "speed", "--sizes", "64x64", "--results", str(tmp_path), *words])
        assert str(stop.value).startswith("aefusion: ") and "\n" not in str(stop.value)


def test_nothing_is_written_where_no_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = []
    kept = bench_speed(sizes=["64x64"], engines=["laplacian"], progress=lambda *call: calls.append(call), **QUICK)
    assert kept.path is None and len([row for row in kept.rows if row["key"]["engine"].startswith("Laplacian")]) == 2
    assert calls == [(0, 1, "aenetv2, 64x64"), (1, 1, "done")]
    assert not list(tmp_path.iterdir())
