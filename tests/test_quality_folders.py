"""Scoring files and folders."""

import csv
import json
import math
import subprocess
import sys

import cv2
import numpy as np
import pytest

from aefusion.quality.score import score
from aefusion.quality.score_folders import score_folders

NAMES = ["EN", "SSIM", "PSNR"]


@pytest.fixture
def folders(tmp_path):
    """Three folders with the pairs one and two, 24 x 30, of different suffixes."""
    random = np.random.default_rng(0)
    for folder, suffix in (("a", "png"), ("b", "tiff"), ("fused", "png")):
        (tmp_path / folder).mkdir()
        for stem in ("one", "two"):
            picture = np.uint8(random.integers(0, 256, (24, 30)))
            assert cv2.imwrite(str(tmp_path / folder / f"{stem}.{suffix}"), picture)
    return tmp_path / "a", tmp_path / "b", tmp_path / "fused"


def test_mean_over_pairs(folders):
    scores = score_folders(*folders, metrics=NAMES)
    assert list(scores.pairs) == ["one", "two"] and not scores.failures
    a, b, fused = folders
    assert scores.pairs["two"] == score(a / "two.png", b / "two.tiff", fused / "two.png", metrics=NAMES)
    for name in NAMES:
        assert scores.mean[name] == pytest.approx((scores.pairs["one"][name] + scores.pairs["two"][name]) / 2)
    assert "mean of 2" in scores.table() and "Structural similarity" in scores.table()


def test_one_pair_of_files(folders):
    a, b, fused = folders
    scores = score_folders(a / "one.png", b / "one.tiff", fused / "two.png", metrics="EN", convention="vifb")
    assert list(scores.pairs) == ["two"]
    assert scores.table().splitlines()[0].split() == ["two", "better"]


def test_failures_are_listed_and_in_no_mean(folders):
    a, b, fused = folders
    (b / "two.tiff").write_bytes(b"II*\0 broken")
    cv2.imwrite(str(a / "three.png"), np.zeros((24, 30), np.uint8))
    cv2.imwrite(str(fused / "four.png"), np.zeros((24, 30), np.uint8))
    scores = score_folders(a, b, fused, metrics=NAMES)
    assert list(scores.pairs) == ["one"] and scores.mean == scores.pairs["one"]
    assert set(scores.failures) == {"two", "three", "four"}
    assert "two.tiff" in scores.failures["two"]
    assert "no picture of this stem in" in scores.failures["four"]


def test_a_pair_too_small_for_a_metric_fails(folders):
    scores = score_folders(*folders, metrics=["EN", "VIFF"])
    assert not scores.pairs and scores.mean == {}
    assert "VIFF needs pictures of at least 41x41" in scores.failures["one"]
    assert scores.table().splitlines()[1:] == []


def test_csv_and_json(folders, tmp_path):
    a, b, fused = folders
    cv2.imwrite(str(a / "three.png"), np.zeros((24, 30), np.uint8))
    same = cv2.imread(str(a / "one.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(b / "one.tiff"), same)
    cv2.imwrite(str(fused / "one.png"), same)
    scores = score_folders(a, b, fused, metrics=NAMES)
    scores.write_csv(tmp_path / "scores.csv")
    scores.write_json(tmp_path / "scores.json")
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["pair"] for row in rows] == ["one", "two", "three", "mean"]
    assert math.isinf(float(rows[0]["PSNR"])) and "three.png" in rows[2]["failure"]
    assert float(rows[1]["SSIM"]) == scores.pairs["two"]["SSIM"]
    content = json.loads((tmp_path / "scores.json").read_text())
    assert content["pairs"]["one"]["PSNR"] == "inf"
    assert content["mean"]["EN"] == scores.mean["EN"] and list(content["failures"]) == ["three"]


def test_files_and_folders_are_not_mixed(folders):
    a, b, fused = folders
    with pytest.raises(ValueError, match="give three files or three folders"):
        score_folders(a, b, fused / "one.png")
    with pytest.raises(ValueError, match=r"no picture|holds no"):
        score_folders(a, b, fused.parent)


def run(*arguments):
    """`aefusion score` as a process."""
    command = [sys.executable, "-c", "from aefusion.cli import main; main()", "score", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_command(folders, tmp_path):
    result = run(*folders, "--metrics", "EN,SSIM", "--convention", "vifb", "--csv", tmp_path / "s.csv")
    assert result.returncode == 0, result.stderr
    assert "mean of 2" in result.stdout and result.stderr == ""
    expected = score_folders(*folders, metrics=["EN", "SSIM"], convention="vifb")
    assert f"{expected.mean['SSIM']:.6g}" in result.stdout
    rows = list(csv.DictReader((tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()))
    assert float(rows[1]["SSIM"]) == expected.pairs["two"]["SSIM"]


def test_command_says_what_failed(folders, tmp_path):
    a, b, fused = folders
    (fused / "two.png").write_bytes(b"")
    result = run(a, b, fused, "--metrics", "EN", "--json", tmp_path / "s.json")
    assert result.returncode == 1
    assert result.stderr.startswith("two: ") and "two.png" in result.stderr and "Traceback" not in result.stderr
    assert "two" in json.loads((tmp_path / "s.json").read_text())["failures"]
    one = run(a / "one.png", b / "one.tiff", fused / "missing.png", "--metrics", "EN")
    assert (one.returncode, one.stdout) == (1, "") and one.stderr.startswith("aefusion: ")
    assert one.stderr.count("\n") == 1 and "missing.png: no such file" in one.stderr
    unknown = run(a, b, fused, "--metrics", "Qxyz")
    assert unknown.returncode == 1 and "no metric 'Qxyz'" in unknown.stderr
    assert len(unknown.stderr.strip().splitlines()) == 1
