"""Where results are kept: only where a folder is named; and what an interrupted run shows."""

import os

import numpy as np
import pytest

from aefusion.bench import measure, methods
from aefusion.bench.complexity import bench_complexity
from aefusion.bench.gallery import bench_gallery
from aefusion.bench.methods import bench_methods
from aefusion.bench.quality import bench_quality
from aefusion.bench.report import results_folder
from aefusion.bench.results import Interrupted, Results, read
from aefusion.cli import main
from aefusion.image import Picture, write


@pytest.fixture
def here(tmp_path, monkeypatch, photographs):
    """A current folder with pairs of one task in it."""
    for side, picture in zip("ab", photographs, strict=True):
        folder = tmp_path / "data" / "ir_visible" / "set" / side
        folder.mkdir(parents=True)
        for number in range(2):
            write(folder / f"{number}.png", Picture(np.ascontiguousarray(picture[number * 100 :][:128, :128])))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def interrupting(after: int, function):
    """The function, which is interrupted once it has been called so often."""
    calls = []

    def run(*arguments):
        calls.append(arguments)
        if len(calls) > after:
            raise KeyboardInterrupt
        return function(*arguments)

    return run


def test_nothing_is_written_where_no_folder_is_named(here):
    before = sorted(here.rglob("*"))
    assert bench_methods(["average"], pairs=2).rows[0]["measured"]["time"]["count"] == 1
    assert len(bench_complexity().rows) > 10
    found = bench_quality([here / "data"], methods=["average", "max"], metrics=["EN"])
    assert [row["facts"]["place"] for row in found.rows] == [1, 2]
    for words in (["complexity"], ["methods", "--methods", "average", "--pairs", "2"]):
        with pytest.raises(SystemExit) as ended:
            main(["bench", *words])
        assert not ended.value.code
    assert sorted(here.rglob("*")) == before


def test_the_command_says_how_results_are_kept(here, capsys):
    for words, told in (([], "--results DIR"), (["--results", "kept"], "complexity--")):
        with pytest.raises(SystemExit):
            main(["bench", "complexity", *words])
        lines = [line for line in capsys.readouterr().err.splitlines() if line]
        assert len(lines) == 1 and told in lines[0]
    assert len(list(here.glob("kept/*/complexity--*.json"))) == 1


def test_an_interrupted_run_hands_over_what_it_has_measured(here, monkeypatch):
    monkeypatch.setattr(methods, "_measure", interrupting(1, methods._measure))
    with pytest.raises(Interrupted) as stopped:
        bench_methods(["average", "max"], pairs=2)
    assert [row["key"]["method"] for row in stopped.value.results.rows] == ["average"]
    assert isinstance(stopped.value, KeyboardInterrupt)  # who does not ask for it is interrupted as ever


def test_an_interrupted_run_is_kept_and_goes_on(here, monkeypatch):
    choice = {"data": [here / "data"], "methods": ["average", "max"], "metrics": ["EN"], "results": here / "kept"}
    monkeypatch.setattr(measure, "do", interrupting(3, measure.do))
    with pytest.raises(Interrupted) as stopped:
        bench_quality(**choice)
    assert stopped.value.results.path is not None
    rows = read(stopped.value.results.path)["rows"]
    assert [len(row["samples"]) for row in rows] == [2, 1] and rows[0]["facts"]["place"]
    monkeypatch.undo()
    seen = []
    bench_quality(**choice, progress=lambda *what: seen.append(what))
    assert seen == [(1, 1, "max, ir_visible")]


def test_the_command_shows_what_an_interrupted_run_has(here, monkeypatch, capsys):
    monkeypatch.setattr(methods, "_measure", interrupting(1, methods._measure))
    with pytest.raises(SystemExit) as ended:
        main(["bench", "methods", "--methods", "average", "max", "--pairs", "2"])
    told = capsys.readouterr()
    assert ended.value.code == 130 and "interrupted" in told.err
    assert "Table V: methods and networks" in told.out and "Average" in told.out and "Maximum" not in told.out


def test_other_errors_go_on_their_way(tmp_path):
    with pytest.raises(ValueError, match="no luck"), Results("speed", {}, folder=tmp_path):
        raise ValueError("no luck")


def test_the_page_needs_results(here, capsys):
    with pytest.raises(ValueError, match=r"results: no such folder of results: give one as `results`"):
        results_folder()
    with pytest.raises(SystemExit) as ended:
        main(["bench", "report", "out"])
    assert "no such folder of results: give one as --results" in str(ended.value)
    bench_complexity(results=here / "results")
    with pytest.raises(SystemExit) as ended:
        main(["bench", "report", "out"])
    assert not ended.value.code and f"results in results{os.linesep}".strip() in capsys.readouterr().err
    assert (here / "out" / "index.html").is_file()


def test_folders_are_named_by_words_too(here):
    found = bench_quality("data", methods=["average"], metrics=["EN"], results="kept")
    assert found.path is not None and found.path.is_relative_to("kept") and read(found.path)["rows"] == found.rows
    gallery = bench_gallery("data", output="sheets", html="page.html", methods=["average"])
    assert [path.as_posix() for path in gallery.written] == ["sheets/ir_visible--set.png", "page.html"]
    assert gallery.failed == {}
