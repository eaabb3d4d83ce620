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


def test_methods_are_timed_with_the_runs_stated(tmp_path):
    from aefusion.bench.methods import bench_methods, tables

    said, bad = [], tmp_path / "bad.py"
    bad.write_text("def f(a, b):\n    raise KeyError('no key')\n")
    names = ["average", f"{bad}:f", "rp", "aenetv2"]
    found = bench_methods(names, pairs=4, results=tmp_path, report=lambda *what: said.append(what))
    average, failed, rp, network = check(found.path)["rows"]
    assert average["measured"]["time"]["count"] == 3  # from the second pair on
    assert average["measured"]["time with reading"]["median"] > average["measured"]["time"]["median"] > 0
    assert failed["failure"].endswith("raised KeyError: 'no key'") and not failed["measured"]
    assert rp["paper"]["seconds"] == "0.057"
    assert network["facts"]["evolution"] and network["facts"]["size (bytes)"] > 10_000 and network["made_from"]
    assert [what[2] for what in said] == [*names, ""]
    said.clear()
    bench_methods(names, pairs=4, results=tmp_path, report=lambda *what: said.append(what))
    assert [what[2] for what in said] == [names[1], ""]  # only what failed is tried again
    ours, others = tables(read(found.path))
    row = next(record for record in ours.records() if record["method"] == "aenetv2")
    assert row["paper, s"] == "0.0098" and row["x AE-Netv2"] == "1.00" and "raised KeyError" in ours.note
    assert {"IFCNN", "U2Fusion"} <= {record["method"] for record in others.records()}
    assert len(ours.rows) + len(others.rows) == 39 + 2  # "average" and the one that fails are not in the paper's table


def test_a_slow_method_runs_fewer_pairs(tmp_path):
    import time

    from aefusion.bench.timing import time_pairs, write_pairs

    files = write_pairs(tmp_path, 5, 32)
    alone, reading = time_pairs(lambda a, b: time.sleep(0.01), files, limit=0.001)
    assert len(alone) == len(reading) == 1 and alone[0] > 0.009


def test_complexity_is_the_papers(tmp_path):
    from aefusion.bench.complexity import bench_complexity

    found = bench_complexity(results=tmp_path)
    rows = {row["key"]["network"]: row for row in check(found.path)["rows"]}
    for name in ("aenetv2", "aenetv2-plus", "aenetv2-plusplus", "ifcnn"):
        own = rows[name]["facts"]
        assert {"parameters": own["parameters"], "flops": own["flops"]} == rows[name]["paper"]
    assert rows["aenetv2"]["facts"]["deployed"] == 2752
