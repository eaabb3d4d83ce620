"""Scoring files and folders."""

import csv
import json
import math
import subprocess
import sys

import cv2
import numpy as np
import pytest

import aefusion
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


def test_what_is_not_defined_is_one_empty_cell_with_its_reason(folders, tmp_path):
    scores = score_folders(*folders, metrics=["EN", "VIFF"])
    assert list(scores.pairs) == ["one", "two"] and not scores.failures
    assert math.isnan(scores.pairs["one"]["VIFF"]) and math.isnan(scores.mean["VIFF"])
    assert scores.mean["EN"] == pytest.approx(np.mean([scores.pairs[stem]["EN"] for stem in ("one", "two")]))
    assert scores.undefined["one"] == {"VIFF": "VIFF needs pictures of at least 41x41, these are 30x24"}
    assert "(of 0)" in scores.table().splitlines()[2]
    scores.write_csv(tmp_path / "scores.csv")
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0]["VIFF"] == rows[2]["VIFF"] == "" and float(rows[0]["EN"]) > 7 and "41x41" in rows[0]["undefined"]
    content = json.loads(scores.json())
    assert content["pairs"]["one"]["VIFF"] is None and "41x41" in content["undefined"]["one"]["VIFF"]


def test_a_pair_for_which_no_metric_is_defined_fails(folders):
    scores = score_folders(*folders, metrics=["VIFF"])
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


def test_score_takes_folders(folders):
    scores = score_folders(*folders, metrics=NAMES)
    assert aefusion.score(*folders, metrics=NAMES) == scores.mean
    with pytest.warns(UserWarning, match=r"one: VIFF needs pictures of at least 41x41.*1 more pair"):
        assert math.isnan(aefusion.score(*folders, metrics=["EN", "VIFF"])["VIFF"])
    with pytest.raises(ValueError, match="an array and a folder"):
        aefusion.score(np.zeros((9, 9), np.uint8), *folders[1:])


def test_the_standard_deviation_is_beside_the_mean(folders):
    scores = score_folders(*folders, metrics=NAMES)
    for name in NAMES:
        expected = np.std([scores.pairs[stem][name] for stem in ("one", "two")], ddof=1)
        assert scores.deviation[name] == pytest.approx(expected)
        assert json.loads(scores.json())["std"][name] == pytest.approx(expected)
    assert f"{scores.deviation['SSIM']:.4g}" in scores.table()


def test_processes_give_the_same_in_order(folders, tmp_path):
    seen = []
    scores = score_folders(*folders, metrics=NAMES, jobs=2, progress=lambda *x: seen.append(x[:2]))
    assert scores.pairs == score_folders(*folders, metrics=NAMES).pairs and list(scores.pairs) == ["one", "two"]
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_stopped_run_goes_on_and_what_changed_is_measured_anew(folders, tmp_path, suffix):
    fused = folders[2]
    output = tmp_path / f"scores.{suffix}"

    def stop(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_folders(*folders, metrics=NAMES, output=output, progress=stop)
    assert "one" in output.read_text() and "two" not in output.read_text()
    seen = []

    def count(done: int, total: int, what: str) -> None:
        seen.append(total)

    whole = score_folders(*folders, metrics=NAMES, output=output, progress=count)
    assert seen == [1] and whole.pairs == score_folders(*folders, metrics=NAMES).pairs
    score_folders(*folders, metrics=NAMES, output=output, progress=count)
    assert seen == [1]
    cv2.imwrite(str(fused / "one.png"), np.zeros((24, 30), np.uint8))
    again = score_folders(*folders, metrics=NAMES, output=output, progress=count)
    assert seen == [1, 1] and again.pairs["one"]["EN"] == 0
    score_folders(*folders, metrics=NAMES, output=output, progress=count, convention="vifb")
    score_folders(*folders, metrics=NAMES, output=output, progress=count, convention="vifb", fresh=True)
    assert seen == [1, 1, 2, 2, 2, 2]
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_patterns_of_two_and_three_and_the_names_of_lytro(tmp_path, capsys):
    random = np.random.default_rng(0)
    for name in ("s/l-01-A.png", "s/l-01-B.png", "s/l-02-A.png", "s/l-02-B.png", "f/l-01.png", "g/l-02_fused.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.uint8(random.integers(0, 256, (24, 30))))
    s, f, g = (tmp_path / name for name in "sfg")
    plain = score_folders(s, s, f, metrics="EN")
    assert list(plain.pairs) == ["l-01"] and "no picture of this stem" in plain.failures["l-02-A"]
    assert score_folders(s, s, f, metrics="EN", pattern="{}-A.png:{}-B.png").pairs == plain.pairs
    assert list(score_folders(s, s, g, metrics="EN", pattern="{}-A:{}-B:{}_fused").pairs) == ["l-02"]
    with pytest.raises(ValueError, match=r"no fused picture belongs to a pair.*`pattern="):
        score_folders(s, s, g, metrics="EN")
    result = run(s, s, g, "--metrics", "EN")
    assert result.returncode == 1 and '--pair "{}-A.png:{}-B.png"' in result.stderr
    assert run(s, s, g, "--metrics", "EN", "--pair", "{}-A:{}-B:{}_fused").returncode == 1  # l-01 has no fused one


def test_a_metric_of_ones_own(folders, tmp_path):
    (tmp_path / "mine.py").write_text(
        "def contrast(a, b, fused):\n    return float(fused.std())\n\n\n"
        "def darkest(fused):\n    return float(fused.min())\n\n\ndarkest.higher_is_better = False\n\n\n"
        "def nan(fused):\n    return float('nan')\n"
    )
    names = [f"{tmp_path / 'mine.py'}:{name}" for name in ("contrast", "darkest")]
    scores = score_folders(*folders, metrics=[*names, "SD"], jobs=2)
    assert scores.mean[names[0]] * 255 == pytest.approx(scores.mean["SD"])
    assert [metric.higher_is_better for metric in scores.metrics] == [True, False, True]
    result = run(*folders, "--metrics", *names, "SD")
    assert result.returncode == 0 and "lower" in result.stdout.splitlines()[2]

    def mine(a, b, fused):
        return float(np.abs(a - fused).mean())

    assert aefusion.score(*folders, metrics=[mine])["mine"] > 0
    files = [next(folder.glob("one.*")) for folder in folders]
    with pytest.raises(ValueError, match=r"mine\.py:nan gave NaN"):
        aefusion.score(*files, metrics=[f"{tmp_path / 'mine.py'}:nan"])
    with pytest.raises(ValueError, match=r"mine.py has no function contrst"):
        score_folders(*folders, metrics=f"{tmp_path / 'mine.py'}:contrst")


def test_a_script_on_standard_input_has_processes_too(folders):
    code = f"import aefusion\nprint(aefusion.score_folders(*{tuple(map(str, folders))!r}, metrics='EN', jobs=2).mean)\n"
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert str(score_folders(*folders, metrics="EN").mean["EN"])[:8] in done.stdout
