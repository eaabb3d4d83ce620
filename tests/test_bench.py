"""The benchmarks: results, tables, charts, reports."""

import json

import jsonschema
import pytest

from aefusion.bench import results as results_file
from aefusion.bench.results import SCHEMA, Results, read, summary


def check(path) -> dict:
    content = read(path)
    jsonschema.validate(content, json.loads(SCHEMA.read_text()))
    return content


def test_results_follow_the_schema(tmp_path):
    with Results("speed", {"size": 400}, seeds=[1], folder=tmp_path) as results:
        results.add(
            {"method": "lp", "threads": 2},
            facts={"year": 1983, "size": None},
            measured={"time": summary([1, 2], "s")},
            samples={"one": {"PSNR": float("inf"), "EN": 7.123456789}},
        )
        results.add({"method": "bad"}, failure="needs\nmore")
    content = check(results.path)
    assert results.path.parent.parent == tmp_path and results.path.name.startswith("speed--")
    assert content["rows"][0]["samples"] == {"one": {"PSNR": None, "EN": 7.12346}}
    assert content["rows"][1]["failure"] == "needs more"
    content["rows"][0]["measured"]["time"].pop("median")
    with pytest.raises(jsonschema.ValidationError, match="'median' is a required property"):
        jsonschema.validate(content, json.loads(SCHEMA.read_text()))


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(results_file, "PAUSE", -1)
    with pytest.raises(KeyboardInterrupt), Results("speed", {"size": 4}, folder=tmp_path) as results:
        results.add({"method": "lp"}, made_from="old")
        results.add({"method": "bad"}, failure="no weights")
        raise KeyboardInterrupt
    again = Results("speed", {"size": 4}, folder=tmp_path)
    assert again.done({"method": "lp"}, "old")
    assert not again.done({"method": "lp"}, "new")  # other weights
    assert not again.done({"method": "bad"})  # a failure is tried again
    assert not again.done({"method": "gff"})
    with again:
        again.add({"method": "bad"})
    assert [row["failure"] for row in check(again.path)["rows"]] == [None, None]
    with pytest.raises(ValueError, match=r"other settings .*--fresh"):
        Results("speed", {"size": 8}, folder=tmp_path)
    assert not Results("speed", {"size": 8}, folder=tmp_path, fresh=True).rows


def test_a_broken_file_of_results_is_one_line(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ValueError, match=r"x\.json: cannot be read as results"):
        read(tmp_path / "x.json")
