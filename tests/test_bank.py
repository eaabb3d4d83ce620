import ast
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from aefusion.cli import main
from aefusion.evolution.bank import Bank, optimum, show
from aefusion.evolution.build_bank import build_bank as build
from aefusion.evolution.data import read_gray
from aefusion.evolution.evaluations import EVALUATIONS, evaluation
from aefusion.evolution.index import choose
from aefusion.evolution.pictures import from_16_bit, to_16_bit
from aefusion.evolution.versions import _data, _imported, version
from aefusion.image import Picture, write
from aefusion.library import METHODS
from aefusion.quality.evaluation import evaluate
from aefusion.quality.qabf import qabf

SIDE = 100
OWN = """
import os, time
from pathlib import Path
import numpy as np

def mean(a, b):
    return (a + b) / 2

def first(a, b):
    return a

def raises(a, b):
    raise RuntimeError("no\\nluck")

def nan(a, b):
    return a * np.nan

def endless(a, b):
    while True:
        time.sleep(1)

def dies(a, b):
    os._exit(7)

def slow(a, b):
    with (Path(__file__).parent / "calls").open("a") as file:
        file.write("call\\n")
    time.sleep(0.4)
    return (a + b) / 2

def likes_b(a, b, fused):
    return -float(np.abs(fused - b).mean())

def dislikes(a, b, fused):
    raise ValueError("never mind")
"""


@pytest.fixture
def data(tmp_path, photographs) -> Path:
    """Three pairs in two tasks: one half of a photograph blurred, and the other."""
    for number, (task, name) in enumerate([("multi_focus", "one"), ("multi_focus", "two"), ("mine", "three")]):
        sharp = photographs[number % 2][number * 50 : number * 50 + SIDE, 20 : 20 + SIDE]
        blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
        left = np.arange(SIDE) < SIDE // 2
        for side, picture in {"a": np.where(left, sharp, blurred), "b": np.where(left, blurred, sharp)}.items():
            folder = tmp_path / "data" / task / "set" / side
            folder.mkdir(parents=True, exist_ok=True)
            write(folder / f"{name}.png", Picture(picture))
    return tmp_path / "data"


@pytest.fixture
def own(tmp_path) -> str:
    (tmp_path / "own.py").write_text(OWN)
    return str(tmp_path / "own.py")


def sources(data: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    task, dataset, stem = name.split("/")
    a, b = (read_gray(data / task / dataset / side / f"{stem}.png") for side in "ab")
    return a, b


def table(bank: Path, name: str, *columns: str) -> list[tuple]:
    with closing(sqlite3.connect(bank / "index.sqlite")) as index:
        return index.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1, 2, 3").fetchall()


def pictures(bank: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (bank / "pictures").glob("*/*")}


def test_the_optimum_is_the_candidate_that_e_scores_highest(data, tmp_path):
    methods = ["average", "lp", "max"]
    built = build(data, tmp_path / "bank", methods=methods, jobs=2)
    assert (built.pairs, built.made, built.failures, len(built.moved)) == (3, 9, [], 3)
    bank = Bank(tmp_path / "bank")
    assert [target.task for target in bank.targets()] == ["mine", "multi_focus", "multi_focus"]
    for target in bank.targets():
        a, b = sources(data, target.name)
        candidates = [METHODS[name](a, b) for name in methods]
        scores = dict(zip(methods, evaluate(a, b, candidates), strict=True))
        assert bank.optima[target.pair].scores == pytest.approx(scores, abs=1e-4)
        assert target.method == max(scores, key=lambda name: scores[name])
        chosen = candidates[methods.index(target.method)]
        assert np.abs(target.picture - chosen).max() <= 0.51 / 65535 and target.picture.dtype == np.float32
        assert (bank(a, b) == target.picture).all()
        picture, method = optimum(tmp_path / "bank", target.name)
        assert method == target.method and (picture == target.picture).all()
    rows = show(tmp_path / "bank")
    assert sum(row["multi_focus"] for row in rows) == 2 and sum(row["mine"] for row in rows) == 1
    assert all(row["failed"] == 0 and row["seconds"] > 0 for row in rows)
    with pytest.raises(ValueError, match=r"a pair of these pixels is not in the bank"):
        bank(b, a)


def test_scores_of_e2_are_those_of_the_package(photographs):
    """The raw terms of candidates, measured one by one, combine to what `evaluate` gives for all at once."""
    from aefusion.evolution.evaluations import measure

    a, b = (picture[:SIDE, :SIDE].astype(np.float32) / 255 for picture in photographs)
    candidates = [a, (a + b) / 2, np.zeros_like(a), METHODS["lp"](a, b)]
    for some in (candidates, candidates[1:3]):
        rows = np.array([[measure(name, a, b, x) for name in EVALUATIONS["E2"].metrics] for x in some])
        assert EVALUATIONS["E2"].combine(rows) == pytest.approx(evaluate(a, b, some), abs=1e-12)


@pytest.mark.parametrize("ending", ["SIGKILL", "SIGINT"])
def test_a_stopped_build_goes_on_with_nothing_lost_or_doubled(ending, data, own, tmp_path):
    if not hasattr(signal, ending):
        pytest.skip(f"no {ending} here")
    methods, calls = [f"{own}:slow", "average", "lp"], tmp_path / "calls"
    script = tmp_path / "script.py"
    script.write_text(
        "from aefusion.evolution.build_bank import build_bank as build\n"
        "if __name__ == '__main__':\n"
        f"    build({str(data)!r}, {str(tmp_path / 'bank')!r}, methods={methods!r}, jobs=2)\n"
    )
    # Whoever runs the tests in the background has SIGINT ignored, which a child would inherit.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen([sys.executable, script], stderr=subprocess.DEVNULL, preexec_fn=heard)
    index, until = tmp_path / "bank" / "index.sqlite", time.monotonic() + 120
    while not (index.is_file() and table(tmp_path / "bank", "candidates", "candidate", "pair", "method")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(getattr(signal, ending))
    assert process.wait(60) != 0
    kept = table(tmp_path / "bank", "candidates", "candidate", "method", "seconds")
    kept_slow = sum("slow" in row[1] for row in kept)
    assert 0 < len(kept) < 9

    calls.write_text("")
    built = build(data, tmp_path / "bank", methods=methods, jobs=1)
    assert built.made == 9 - len(kept) and built.failures == []
    assert len(calls.read_text().split()) == 3 - kept_slow
    assert set(kept) <= set(table(tmp_path / "bank", "candidates", "candidate", "method", "seconds"))
    assert build(data, tmp_path / "bank", methods=methods).made == 0

    build(data, tmp_path / "whole", methods=methods, jobs=1)
    for name, columns in {
        "candidates": ("candidate", "pair", "method", "version", "parameters", "failure"),
        "marks": ("candidate", "metric", "version", "value", "failure"),
    }.items():
        assert table(tmp_path / "bank", name, *columns) == table(tmp_path / "whole", name, *columns)
    assert pictures(tmp_path / "bank") == pictures(tmp_path / "whole") and len(pictures(tmp_path / "bank")) == 9


def test_what_fails_is_recorded_and_the_rest_goes_on(data, own, tmp_path):
    bad = [f"{own}:{name}" for name in ("raises", "nan", "endless", "dies")]
    shutil.rmtree(data / "mine")
    built = build(data, tmp_path / "bank", methods=[*bad, "average"], jobs=2, limit=0.5)
    assert built.made == 2 and len(built.failures) == 8 and built.without == []
    reasons = {method.rpartition(":")[2]: why for _, method, why in built.failures}
    assert re.fullmatch(r"ValueError: .*raises raised RuntimeError: no luck", reasons["raises"])
    assert re.search(f"{SIDE * SIDE} values that are not finite", reasons["nan"])
    assert reasons["endless"] == "took longer than 0.5 s"
    assert reasons["dies"] == "ended its process, status 7"
    assert {target.method for target in Bank(tmp_path / "bank").targets()} == {"average"}
    assert {row["failed"] for row in show(tmp_path / "bank")} == {0, 2}

    # Failures are kept; those that took too long are tried again with a larger limit.
    (tmp_path / "own.py").write_text(OWN)
    start = time.monotonic()
    assert build(data, tmp_path / "bank", methods=bad, limit=0.5).failures == built.failures
    assert time.monotonic() - start < 5
    again = build(data, tmp_path / "bank", methods=[f"{own}:endless"], limit=0.6)
    assert {why for _, _, why in again.failures} == {"took longer than 0.6 s"}


def test_adding_a_method_computes_its_candidates_only_and_moves_optima(data, own, tmp_path):
    bank = tmp_path / "bank"
    build(data, bank, methods=[f"{own}:slow", "average"], jobs=1)
    (tmp_path / "calls").write_text("")
    before = table(bank, "candidates", "candidate", "method", "seconds")
    built = build(data, bank, methods=["lp"], jobs=1)
    assert built.made == 3 and (tmp_path / "calls").read_text() == ""
    assert set(before) < set(table(bank, "candidates", "candidate", "method", "seconds"))
    assert set(built.moved) == {target.name for target in Bank(bank).targets() if target.method == "lp"} != set()
    assert build(data, bank, methods=["lp"], jobs=1).moved == {}
    # Parameters of one's own make another candidate.
    assert build(data, bank, methods=["lp,base=max,levels=2", "lp,levels=4"], jobs=1).made == 6
    assert Bank(bank, methods=["average"]).optimum("mine/set/three")[1] == "average"


def test_a_method_is_computed_anew_when_its_code_changes_not_its_comments(data, own, tmp_path):
    bank, method = tmp_path / "bank", f"{own}:mean"
    file = Path(own)
    file.write_text("def mean(a, b):\n    return (a + b) / 2\n")
    assert build(data, bank, methods=[method], jobs=1).made == 3
    file.write_text('def mean(a, b):\n    """The mean."""\n    # of both\n    return (a + b) / 2\n')
    assert build(data, bank, methods=[method], jobs=1).made == 0
    file.write_text("def mean(a, b):\n    return a * 0.25 + b * 0.75\n")
    assert build(data, bank, methods=[method], jobs=1).made == 3
    a, b = sources(data, "mine/set/three")
    assert np.abs(Bank(bank)(a, b) - (a * 0.25 + b * 0.75)).max() < 1e-4  # the old candidate no longer counts


def test_the_version_of_a_library_method_covers_what_it_imports_and_its_data(tmp_path):
    library = Path(METHODS["lp"].function.__code__.co_filename).parent
    tree = ast.parse((library / "jsr.py").read_text())
    transforms = library.parent / "transforms"
    assert transforms / "joint_sparse.py" in _imported(tree)
    learned = transforms / "learned_arrays.py"
    assert _data(ast.parse(learned.read_text()), transforms) == {transforms / "learned_arrays.npz"}
    assert len({version(library.parent / method.home / f"{name}.py") for name, method in METHODS.items()}) == len(
        METHODS
    )


def test_a_lost_picture_is_made_again_and_a_changed_pair_replaces_the_old(data, tmp_path):
    bank = tmp_path / "bank"
    build(data, bank, methods=["average"], jobs=1)
    whole = pictures(bank)
    next((bank / "pictures").glob("*/*")).unlink()
    assert build(data, bank, methods=["average"], jobs=1).made == 1 and pictures(bank) == whole
    path = data / "mine" / "set" / "b" / "three.png"
    write(path, Picture(np.zeros((SIDE, SIDE), np.uint8)))
    assert build(data, bank, methods=["average"], jobs=1).made == 1
    assert len(list(Bank(bank).targets())) == 3


def test_other_evaluations(data, own, tmp_path):
    bank = tmp_path / "bank"
    methods = ["average", "lp", f"{own}:first"]
    build(data, bank, methods=methods, jobs=1)
    assert build(data, bank, methods=methods, jobs=1, evaluation="Qabf").made == 0  # only measured
    a, b = sources(data, "multi_focus/set/one")
    found = next(x for x in Bank(bank).optima.values() if x.name == "multi_focus/set/one")
    assert found.scores["lp"] == pytest.approx(qabf(a, b, from_16_bit(to_16_bit(METHODS["lp"](a, b)))))
    assert Bank(bank, evaluation="E2").evaluation.name == "E2"
    mine = f"{own}:likes_b"
    build(data, bank, methods=methods, jobs=1, evaluation=mine)
    scores = next(iter(Bank(bank).optima.values())).scores
    assert max(scores, key=lambda name: scores[name]) != f"{own}:first"
    failing = build(data, bank, methods=["lp"], jobs=1, evaluation=f"{own}:dislikes")
    assert len(failing.failures) == 3 and "never mind" in failing.failures[0][2]
    with pytest.raises(ValueError, match="nothing in it is evaluated by SCD with this version: build it again"):
        show(bank, evaluation="SCD")
    with pytest.raises(ValueError, match=r"`evaluation='SCD'` and `methods=\['\S+:first', 'average', 'lp'\]`;"):
        show(bank, evaluation="SCD")
    for name in ("E3", "nothing.py:f"):
        with pytest.raises(ValueError, match=r"no evaluation E3: known are E2|nothing\.py: there is no such file"):
            evaluation(name)


def test_bounded_evaluation_does_not_reward_noise(photographs):
    from aefusion.evolution.evaluations import measure

    a, b = (picture[:SIDE, :SIDE].astype(np.float32) / 255 for picture in photographs)
    fused = METHODS["lp"](a, b)
    noisy = np.clip(fused + np.random.default_rng(0).normal(0, 0.1, fused.shape), 0, 1).astype(np.float32)

    def lead(name: str) -> float:
        chosen = EVALUATIONS[name]
        rows = np.array([[measure(metric, a, b, x) for metric in chosen.metrics] for x in (fused, noisy)])
        clean_score, noisy_score = chosen.combine(rows)
        return clean_score - noisy_score

    assert lead("E2-bounded") > max(0, lead("E2"))


def test_bad_folders_and_names(data, tmp_path):
    bank = tmp_path / "bank"
    with pytest.raises(ValueError, match="nowhere: there is no such folder: expected <task>"):
        build(tmp_path / "nowhere", bank)
    with pytest.raises(ValueError, match="no pairs; expected"):
        (tmp_path / "empty").mkdir()
        build(tmp_path / "empty", bank)
    write(data / "mine" / "set" / "b" / "three.png", Picture(np.zeros((9, 8), np.uint8)))
    (data / "multi_focus" / "set" / "a" / "two.png").write_bytes(b"nonsense")
    with pytest.raises(
        ValueError, match=r"2 bad pairs: mine/set/three: a and b differ in size, 100x100 and 8x9; .*two"
    ):
        build(data, bank)
    (data / "mine" / "other" / "a").mkdir(parents=True)
    with pytest.raises(ValueError, match="no folder b beside it"):
        build(data, bank)
    assert not bank.exists()
    with pytest.raises(ValueError, match="no bank of optimal solutions is there"):
        show(bank)
    for wrong, message in {
        "lp,size=3": "no parameter 'size' of lp; known are levels",
        "lpp": "no fusion method",
    }.items():
        with pytest.raises(ValueError, match=message):
            choose(wrong)


def test_foreign_folders_and_two_builds_at_once_are_refused(data, tmp_path):
    from aefusion.evolution.index import locked

    with pytest.raises(ValueError, match="data: not a bank, and not an empty folder"):
        build(data, data, methods=["average"])
    assert not (data / "lock").exists()
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "index.part").write_bytes(b"a build was stopped here")
    build(data, tmp_path / "bank", methods=["average"], jobs=1)
    with locked(tmp_path / "bank"), pytest.raises(ValueError, match="another process is building it"):
        build(data, tmp_path / "bank", methods=["average"])
    (tmp_path / "bank" / "index.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(ValueError, match="not the index of a bank"):
        show(tmp_path / "bank")


def test_commands(data, own, tmp_path, capsys):
    def command(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return (ended.value.code, said.out, said.err)

    bank = tmp_path / "bank"
    status, out, err = command(
        "evolve", "bank", data, "--output", bank, "--methods", "lp", f"{own}:raises", "--jobs", 1, "--limit", 60
    )
    assert status == 0 and "3 pairs, 3 pictures made now" in out and "3 new, 0 moved" in out
    assert err.count("raises raised RuntimeError") == 1 and "3 pairs" in err
    status, out, _ = command("evolve", "show", bank)
    assert status == 0 and "multi_focus" in out and "lp" in out
    status, out, _ = command("evolve", "show", bank, "--json")
    assert status == 0 and json.loads(out)[0]["all"] == 3
    status, out, err = command("evolve", "show", tmp_path)
    assert (status, out) and "no bank of optimal solutions is there" in str(status) + err
