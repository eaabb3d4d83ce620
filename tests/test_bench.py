"""The benchmarks: results, tables, charts, reports."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from aefusion.bench import results as results_file
from aefusion.bench.results import SCHEMA, Results, read, summary
from aefusion.network import MODELS
from aefusion.weights import save, shipped


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
    with pytest.raises(ValueError, match=r"other settings .*`fresh`"):
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
    found = bench_methods(names, pairs=4, results=tmp_path, progress=lambda *what: said.append(what))
    average, failed, rp, network = check(found.path)["rows"]
    assert average["measured"]["time"]["count"] == 3  # from the second pair on
    assert average["measured"]["time with reading"]["median"] > average["measured"]["time"]["median"] > 0
    assert failed["failure"].endswith("raised KeyError: 'no key'") and not failed["measured"]
    assert rp["paper"]["seconds"] == "0.057"
    assert network["facts"]["evolution"] and network["facts"]["size (bytes)"] > 10_000 and network["made_from"]
    assert [what[2] for what in said] == [*names, ""]
    said.clear()
    bench_methods(names, pairs=4, results=tmp_path, progress=lambda *what: said.append(what))
    assert [what[2] for what in said] == [names[1], ""]  # only what failed is tried again
    ours, parameters, others = tables(read(found.path))
    row = next(record for record in ours.records() if record["method"] == "aenetv2")
    assert row["paper, s"] == "0.0098" and row["x AE-Netv2"] == "1.00" and "raised KeyError" in ours.note
    assert ("rp", "Ratio of low-pass pyramid", "levels 4, base mean") in parameters.rows
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
    (tmp_path / "file").touch()  # where nothing can be written, the table is shown all the same
    with pytest.warns(UserWarning, match="file.*; the results are shown, but not kept"):
        assert len(bench_complexity(results=tmp_path / "file").rows) == len(rows)


@pytest.fixture
def pairs(tmp_path):
    """Two tasks, two pairs each, of 128 x 128."""
    from skimage import data

    from aefusion.image import Picture, write

    photographs = [data.camera(), data.brick(), data.moon(), data.grass()]
    for task, (x, y) in {"ir_visible": (0, 2), "medical": (1, 3)}.items():
        for part, photograph in (("a", photographs[x]), ("b", photographs[y])):
            folder = tmp_path / "data" / task / "set" / part
            folder.mkdir(parents=True)
            for stem, start in (("one", 0), ("two", 200)):
                write(folder / f"{stem}.png", Picture(photograph[start : start + 128, start : start + 128].copy()))
    return tmp_path / "data"


def random_weights(folder, name):
    """A file of weights of a network: positive, so that the result is not black."""
    random, arrays = np.random.default_rng(0), {}
    for key, shape in MODELS[name].shapes().items():
        arrays[key] = np.full(shape, 1.0, np.float32) if len(shape) == 1 else np.float32(random.random(shape) / 60)
    save(folder / f"{name}.safetensors", arrays, {"model": name})
    return folder / f"{name}.safetensors"


def test_quality_compares_methods_networks_and_pictures_of_others(pairs, tmp_path):
    from aefusion.bench.quality import INDICES, bench_quality, tables
    from aefusion.fusion.fuser import Fuser
    from aefusion.image import Picture, write
    from aefusion.image import read as read_picture
    from aefusion.quality.evaluation import evaluate
    from aefusion.quality.score import score

    peer, lp, network = tmp_path / "peer" / "ir_visible" / "set", Fuser(method="lp"), Fuser()
    peer.mkdir(parents=True)
    sources = [
        [read_picture(pairs / "ir_visible/set" / part / f"{s}.png").pixels for part in "ab"] for s in ("one", "two")
    ]
    write(peer / "one.png", Picture(lp(*sources[0])))
    choice = {"data": [pairs], "fused": [f"peer={tmp_path / 'peer'}"], "results": tmp_path / "results"}
    found = bench_quality(methods=["lp", "mertens", "aenetv2"], jobs=2, **choice)
    rows = {(row["key"]["method"], row["key"]["task"]): row for row in check(found.path)["rows"]}
    assert ("mertens", "ir_visible") not in rows  # made for exposures
    one = rows["aenetv2", "ir_visible"]["samples"]["set/one"]
    fused = network(*sources[0])
    assert one["Qabf"] == pytest.approx(score(*sources[0], fused, metrics=["Qabf"])["Qabf"], rel=1e-5)
    floats = [x / np.float32(255) for x in (*sources[0], lp(*sources[0]), fused)]
    expected = evaluate(floats[0], floats[1], floats[2:])
    assert [rows[name, "ir_visible"]["samples"]["set/one"]["E2"] for name in ("lp", "aenetv2")] == pytest.approx(
        expected, rel=1e-4
    )
    assert set(rows["peer", "ir_visible"]["facts"]["ranks"].values()) <= {1.5, 2.5}  # the same picture as lp's
    assert "no picture ir_visible/set/two" in rows["peer", "ir_visible"]["facts"]["failed"]["set/two"]
    assert "no picture medical" in rows["peer", "medical"]["failure"]
    places, *of_task = tables(read(found.path))
    assert {record["network"] for record in places.records()} == {"aenetv2", "peer"} and len(of_task) == 2
    assert set(found.content["settings"]["metrics"]) == set(INDICES)

    # The run goes on: only what failed is tried again, and what is added is compared with what was there.
    write(peer / "two.png", Picture(lp(*sources[1])))
    said = []
    bench_quality(methods=["lp", "average"], progress=lambda *what: said.append(what), **choice)
    assert {what[2] for what in said} == {
        "average, ir_visible", "average, medical", "peer, ir_visible", "peer, medical"
    }  # fmt: skip
    rows = {(row["key"]["method"], row["key"]["task"]): row for row in check(found.path)["rows"]}
    assert rows["aenetv2", "ir_visible"]["facts"]["of"] == 4 and len(rows["peer", "ir_visible"]["samples"]) == 2


def test_a_table_without_rows_is_not_shown(pairs, tmp_path, capsys):
    from aefusion.bench.quality import bench_quality, tables
    from aefusion.cli.bench import show

    found = bench_quality([pairs], methods=["average", "max"], metrics=["EN"], results=tmp_path / "results")
    show(found, tables, as_json=False)
    said = capsys.readouterr().out
    assert "Figure 6, medical" in said and "the place of each network" not in said


def test_ranks_of_known_values():
    from aefusion.bench.ranks import rank

    samples = ({"EN": 3, "NIQE": 1}, {"EN": 2, "NIQE": None}, {"EN": 3, "NIQE": 2})
    rows = [{"samples": {"pair": sample}, "facts": {}, "measured": {}} for sample in samples]
    rank(rows, ["EN", "NIQE"])
    assert [row["facts"]["ranks"] for row in rows] == [
        {"EN": 1.5, "NIQE": 1}, {"EN": 3, "NIQE": 3}, {"EN": 1.5, "NIQE": 2}
    ]  # fmt: skip
    assert [row["facts"]["place"] for row in rows] == [1, 3, 2]
    assert rows[1]["measured"]["NIQE"]["count"] == 0


def test_ranks_are_those_on_common_pairs_and_a_warning_says_so():
    from aefusion.bench.quality import of_different_pairs
    from aefusion.bench.ranks import rank

    samples = {
        "good": {"1": {"EN": 3}, "2": {"EN": 1}},
        "bad": {"1": {"EN": 2}, "2": {"EN": 2}},
        "few": {"1": {"EN": 1}},
    }
    rows = [{"key": {"method": name}, "samples": of, "facts": {}, "measured": {}} for name, of in samples.items()]
    rank(rows[:2], ["EN"])
    assert [row["facts"]["mean rank"] for row in rows[:2]] == [1.5, 1.5] and of_different_pairs(rows[:2]) == ""
    rank(rows, ["EN"])
    assert [row["facts"]["place"] for row in rows] == [1, 2, 3] and rows[0]["measured"]["EN"]["count"] == 2
    said = of_different_pairs(rows)
    assert "most on 2, few: 1" in said and "on the 1 that all have" in said


def test_what_is_no_data_is_one_line(pairs, tmp_path):
    from aefusion.bench.quality import bench_quality

    for wrong, choice in (
        ("no such folder", {"data": [tmp_path / "nowhere"]}),
        ("expected <task>/<dataset>/a/NAME", {"data": [tmp_path]}),
        ("no task sonar: the data have ir_visible, medical", {"data": [pairs], "tasks": ["sonar"]}),
        ("give NAME=DIR", {"data": [pairs], "fused": ["x"]}),
        ("no metric 'XY'", {"data": [pairs], "metrics": ["XY"]}),
        ("two of one name", {"data": [pairs], "fused": [f"lp={tmp_path}"]}),
    ):
        with pytest.raises(ValueError, match=wrong):
            bench_quality(methods=["lp"], results=tmp_path / "results", **choice)
    assert not (tmp_path / "results").exists()


def test_results_of_an_own_method_follow_its_file(tmp_path):
    from aefusion.bench.contestants import contestants

    made_from = set()
    for value in ("a", "b"):
        (tmp_path / "own.py").write_text(f"def f(a, b): return {value}")
        made_from.add(contestants([f"{tmp_path}/own.py:f"])[0].made_from)
    assert len(made_from) == 2 and "" not in made_from


def test_variants_whose_psnr_is_not_finite():
    from aefusion.bench.variants import _mean

    measured = {"PSNR": {"mean": None}, "NIQE": {"mean": 4.0}}
    part = {"key": {"method": "m", "task": "t"}, "facts": {"pairs": 1}, "measured": measured, "samples": {"x": 1}}
    whole = {"key": {"method": "m"}, "facts": {}}
    _mean([whole, part])
    assert whole["facts"]["means"]["PSNR'"] is None and whole["facts"]["means"]["NIQE'"] == 1


def test_variants_stand_beside_the_papers(pairs, tmp_path, monkeypatch):
    from aefusion.bench import variants
    from aefusion.bench.charts import charts

    monkeypatch.setattr(variants, "PAIRS", 6)
    monkeypatch.setattr(variants, "TURNS", 2)
    weights = [random_weights(tmp_path, "aenetv2-separable")]
    found = variants.bench_variants([pairs / "medical/set"], weights=weights, results=tmp_path / "results")
    (table,) = variants.tables(check(found.path))
    rows = {record["network"]: record for record in table.records()}
    assert rows["R = Separable"]["SSIM (paper)"].endswith(" (0.64)")
    assert rows["R = Separable"]["size, kB (paper)"] == f"{weights[0].stat().st_size / 1e3:.1f} (110)"
    assert rows["AE-Netv2 (R = GCB)"]["pairs"] == "2"
    assert len(rows) == len(MODELS) and "<svg" in charts(found.content)["variants"].decode()
    missing = [name for name in MODELS if name not in shipped() and name != "aenetv2-separable"]
    for name in missing:
        assert f"{MODELS[name].title}: failed" in rows
    assert ("no weights of this network are shipped" in table.note) == bool(missing)


def test_report_is_one_page_and_keeps_documents_up_to_date(pairs, tmp_path):
    from aefusion.bench.complexity import bench_complexity
    from aefusion.bench.quality import bench_quality
    from aefusion.bench.report import newest, update, update_files, write_report

    bench_complexity(results=tmp_path / "results")
    bench_quality([pairs], methods=["average", "max", "aenetv2"], metrics=["EN", "SD"], results=tmp_path / "results")
    written = write_report(tmp_path / "results", tmp_path / "out")
    assert {path.name for path in written} >= {"index.html", "tables.md", "quality-medical-radar.svg"}
    page = (tmp_path / "out/index.html").read_text()
    assert page.count("data:image/svg+xml;base64,") == 6 and "860,480,000" in page and "http" not in page
    document = tmp_path / "doc.md"
    document.write_text(
        "# T\n<!-- bench complexity -->\n<!-- end -->\nx\n<!-- bench quality 1 -->\nSTALE\n<!-- end -->\ny\n"
    )
    assert update_files(tmp_path / "results", [document]) == [document]
    text = document.read_text()
    assert "STALE" not in text and text.count("**Table VI") == 1 and text.count("**Figure 6") == 1
    assert text.endswith("<!-- end -->\ny\n") and "\nx\n" in text
    assert not update_files(tmp_path / "results", [document])
    with pytest.raises(ValueError, match="quality has tables 1 to 3"):
        update("<!-- bench quality 9 -->\n<!-- end -->", newest(tmp_path / "results"))
    document.write_text("nothing")
    with pytest.raises(ValueError, match="has no tables of results"):
        update_files(tmp_path / "results", [document])


ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src" / "aefusion" / "weights"


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(WEIGHTS.glob("*.md"))],
    ids=lambda path: path.name,
)
def test_tables_in_the_documents_are_those_of_the_results(path):
    from aefusion.bench.report import newest, update

    text = path.read_text()
    wrong = f"aefusion bench report OUT --update {path.relative_to(ROOT)}"
    assert update(text, newest(ROOT / "results")) == text, wrong


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("*/*.json")), ids=lambda path: path.name)
def test_committed_results_follow_the_schema(path):
    content = check(path)
    assert path.name == f"{content['suite']}--{content['machine']['name']}.json"
    assert path.parent.name == content["version"]
    keys = [json.dumps(row["key"], sort_keys=True) for row in content["rows"]]
    assert len(set(keys)) == len(keys)


def test_table_v_tells_of_the_shipped_weights_and_their_recipes():
    """Times may be of weights before the present ones; how the network was trained, and its size, may not."""
    import yaml

    from aefusion.bench.contestants import contestants
    from aefusion.bench.methods import facts

    path = next((ROOT / "results").glob("*/methods--*.json"))
    rows = {row["key"]["method"]: row["facts"] for row in read(path)["rows"] if row["facts"]["kind"] == "network"}
    assert rows.keys() >= {name for name in MODELS if name in shipped()}
    for network in contestants(rows):
        assert rows[network.name] == facts(network)
        recipe = yaml.safe_load((WEIGHTS / f"{network.name}.yaml").read_text())
        told = (
            f"epochs {sum(epochs for epochs, _ in recipe['segments'])}, batch {recipe['batch']}, crop {recipe['crop']}"
        )
        assert told in rows[network.name]["parameters"]
