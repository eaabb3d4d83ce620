"""What papers need of the comparisons: conventions, one's own metric, tables, a paired test, charts, BibTeX."""

import csv
import re
import xml.etree.ElementTree as tree

import cv2
import numpy as np
import pytest

from aefusion.bench.bibtex import bibtex
from aefusion.bench.charts import charts, over_tasks
from aefusion.bench.complexity import bench_complexity
from aefusion.bench.paired_test import compare, paired_test
from aefusion.bench.quality import bench_quality, tables, upgrade
from aefusion.bench.quality_files import write_tables
from aefusion.bench.results import Results
from aefusion.cli import main
from aefusion.library import METHODS
from aefusion.network import MODELS
from aefusion.network.draw import draw
from aefusion.quality import METRICS


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    from skimage.data import camera, moon

    root = tmp_path_factory.mktemp("data")
    for task in ("medical", "multi_focus"):
        for side, picture in (("a", camera()), ("b", moon())):
            (root / task / "set" / side).mkdir(parents=True)
            for i in range(7):
                part = picture[i * 40 : i * 40 + 100, 100:200]
                cv2.imwrite(str(root / task / "set" / side / f"{i}.png"), part)
    return root


@pytest.fixture(scope="module")
def measured(data):
    return bench_quality(data, methods=["average", "max", "lp"], metrics=["SSIM", "Qabf", "MSE"]).content


def test_a_convention_changes_what_it_should(data, measured):
    other = bench_quality(data, methods=["lp"], metrics=["SSIM", "MSE", "E2"], convention="cddfuse").content
    rows = {(row["key"]["method"], row["key"]["task"]): row["samples"] for row in measured["rows"]}
    (row, _) = other["rows"]
    pictures = [cv2.imread(str(data / "medical" / "set" / side / "0.png"), -1) for side in "ab"]
    fused = np.uint8(np.rint(np.clip(METHODS["lp"](*pictures), 0, 1) * 255))
    sample = row["samples"]["set/0"]
    assert sample["SSIM"] == pytest.approx(METRICS["SSIM"](*pictures, fused, "cddfuse"), rel=1e-4)
    assert sample["MSE"] == pytest.approx(rows["lp", "medical"]["set/0"]["MSE"] * 255**2, rel=1e-4)
    # E_2 stays that of the paper; of one method the gradient and the naturalness are 1.
    paper = bench_quality(data, methods=["lp"], metrics=["E2"]).content["rows"][0]["samples"]["set/0"]
    assert sample["E2"] == paper["E2"]
    assert "Convention: cddfuse" in tables(other)[1].note


def test_results_of_other_conventions_are_not_mixed(data, tmp_path):
    kind = {"methods": ["average"], "metrics": ["EN"], "results": tmp_path}
    bench_quality(data, **kind)
    bench_quality(data, **kind)
    with pytest.raises(ValueError, match="measured with other settings"):
        bench_quality(data, **kind, convention="vifb")


def test_older_results_are_brought_to_the_present_form(tmp_path):
    with Results("quality", {"metrics": ["NMI"]}, folder=tmp_path) as old:
        old.add({"method": "lp", "task": "x"}, samples={"1": {"NMI": 0.25, "EN": 7.0}, "2": {"NMI": None}})
    settings = {"metrics": ["NMI"], "convention": "paper", "range": "auto"}
    again = Results("quality", settings, folder=tmp_path, upgrade=upgrade)
    assert again.rows[0]["samples"] == {"1": {"NMI": 0.5, "EN": 7.0}, "2": {"NMI": None}}


def test_what_is_not_defined_is_left_out_and_told(tmp_path):
    for side in "ab":
        (tmp_path / side).mkdir()
        for number in range(2):
            picture = np.random.default_rng(number).integers(0, 256, (64, 60), np.uint8)
            cv2.imwrite(str(tmp_path / side / f"{number}.png"), picture)
    content = bench_quality(tmp_path, methods=["average", "lp"], metrics=["EN", "NIQE", "E2"]).content
    for row in content["rows"]:
        assert not row["failure"] and set(row["samples"]["0"]) == {"EN", "AG", "SSIM", "VIFF", "PSNR", "NMI"}
        assert row["measured"]["NIQE"]["count"] == 0 and row["facts"]["mean rank"] is not None
    table = tables(content)[1]
    assert "Not defined for some pictures: NIQE needs pictures of at least 96x96, these are 60x64" in table.note
    assert table.rows[0][4] == "-"


def test_a_metric_of_ones_own_is_ranked_by_its_direction(data, tmp_path):
    (tmp_path / "mine.py").write_text(
        "def dark(fused):\n    return float(fused.mean())\n\n\ndark.higher_is_better = False\n"
    )
    name = f"{tmp_path / 'mine.py'}:dark"
    content = bench_quality(data, methods=["average", "max"], metrics=[name, "EN"], tasks=["medical"], jobs=2).content
    ranks = {row["key"]["method"]: row["facts"]["ranks"][name] for row in content["rows"]}
    assert ranks == {"average": 1.0, "max": 2.0}
    assert f"{name} ↓" in tables(content)[1].heads


def test_tables_as_csv_and_latex(measured, tmp_path):
    written = {path.name for path in write_tables(measured, tmp_path / "files")}
    assert written == {f"quality-{name}" for name in
                       ("values.csv", "medical.csv", "medical.tex", "multi_focus.csv", "multi_focus.tex")}  # fmt: skip
    rows = {
        row["method"]: row for row in csv.DictReader((tmp_path / "files/quality-medical.csv").read_text().splitlines())
    }
    samples = {row["key"]["method"]: row["samples"] for row in measured["rows"] if row["key"]["task"] == "medical"}
    values = [sample["Qabf"] for sample in samples["lp"].values()]
    assert float(rows["lp"]["Qabf"]) == pytest.approx(np.mean(values), rel=1e-5)
    assert float(rows["lp"]["Qabf std"]) == pytest.approx(np.std(values, ddof=1), rel=1e-5)
    assert len(list(csv.DictReader((tmp_path / "files/quality-values.csv").read_text().splitlines()))) == 2 * 3 * 7
    latex = (tmp_path / "files/quality-medical.tex").read_text()
    lines = {line.split(" & ")[0]: line.split(" & ")[1:] for line in latex.splitlines() if " & " in line}
    means = {name: np.mean([sample["MSE"] for sample in of.values()]) for name, of in samples.items()}
    best = min(means, key=lambda name: means[name])
    assert (
        lines[best][2].startswith(r"\textbf{") and sum(line[2].startswith(r"\textbf") for line in lines.values()) == 1
    )
    assert sum(line[2].startswith(r"\underline") for line in lines.values()) == 1
    assert (
        r"MSE $\downarrow$" in lines["method"][2] and latex.count(r"$\pm$") == 9 and r"\begin{tabular}{lccc}" in latex
    )


def test_the_paired_test_is_that_of_scipy(measured):
    from scipy.stats import wilcoxon

    (table, _) = compare(measured, "lp", "average")
    samples = {row["key"]["method"]: row["samples"] for row in measured["rows"] if row["key"]["task"] == "medical"}
    x, y = ([sample["Qabf"] for sample in samples[name].values()] for name in ("lp", "average"))
    row = next(row for row in table.rows if row[0] == "Qabf")
    assert row[1:4] == ("7", "7", "0") and row[5] == f"{wilcoxon(np.array(x) - np.array(y)).pvalue:.2g}"
    assert paired_test([1, 2, 3], [0, 1, 4]).p is None
    lower = paired_test([1.0] * 7, [2, 3, 4, 5, 6, 7, 8], higher_is_better=False)
    assert (lower.better, lower.worse) == (7, 0) and lower.difference == -4
    with pytest.raises(ValueError, match="no values of nobody: there are those of average, max, lp"):
        compare(measured, "lp", "nobody")
    with pytest.raises(ValueError, match="3 and 2 values"):
        paired_test([1, 2, 3], [1, 2])


def test_figure_6_is_the_mean_over_the_tasks(measured):
    rows = over_tasks(measured["rows"], ["Qabf"])
    assert {row["key"]["method"] for row in rows} == {"average", "max", "lp"}
    own = [row["measured"]["Qabf"]["mean"] for row in measured["rows"] if row["key"]["method"] == "lp"]
    (lp,) = (row for row in rows if row["key"]["method"] == "lp")
    assert lp["measured"]["Qabf"]["mean"] == pytest.approx(np.mean(own), rel=1e-5)
    drawn = charts(measured)
    assert {"quality-mean-radar", "quality-mean-bars"} <= set(drawn) and b"mean over 2 tasks" in drawn[
        "quality-mean-bars"
    ]


def test_the_command_writes_them(data, tmp_path, capsys):
    with pytest.raises(SystemExit) as done:
        main(["bench", "quality", "--data", str(data), "--tasks", "medical", "--methods", "lp", "average",
              "--metrics", "Qabf", "--convention", "vifb", "--files", str(tmp_path / "files"),
              "--test", "lp", "average"])  # fmt: skip
    said = capsys.readouterr()
    assert not done.value.code and "lp against average" in said.out and "quality-medical.tex" in said.err


def test_bibtex_of_every_method():
    text = bibtex()
    keys = re.findall(r"^@\w+\{([\w]+),$", text, re.MULTILINE)
    assert len(keys) == len(set(keys)) and keys[:2] == ["aefusion", "aenetv2"]
    named = set(re.findall(r"[\w\\]+", " ".join(re.findall(r"aefusion: ([^;}]+)", text)).replace("\\_", "_")))
    assert set(METHODS) - named == {"average", "max", "cvs"}
    for entry in text.split("\n\n"):
        assert entry.count("{") == entry.count("}") and entry.endswith("}")
    assert "author = {Shreyamsha Kumar}," in bibtex(["cbf"])


@pytest.mark.parametrize("name", MODELS)
def test_a_network_is_drawn_from_its_graph(name):
    model = MODELS[name]
    svg = tree.fromstring(draw(model))
    texts = [element.text or "" for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    graph = model.graph()
    assert texts[0] == model.title
    boxes = [layer for layer in graph if layer.op != "crop"]
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}rect"))) == len(boxes)
    drawn = sum(int(text.split(", ")[1].replace(",", "")) for text in texts[1:] if ", " in text and "map" in text)
    assert drawn == model.cost().parameters


def test_the_command_draws_figures_2_and_3(tmp_path, capsys):
    with pytest.raises(SystemExit) as done:
        main(["models", "aenetv2", "-o", str(tmp_path / "figure2.svg")])
    assert not done.value.code and "side" not in (tmp_path / "figure2.svg").read_text()
    with pytest.raises(SystemExit) as done:
        main(["models", "aenetv2"])
    assert "to draw a network" in str(done.value.code)


def test_a_network_of_ones_own_is_counted_and_drawn(tmp_path, capsys):
    (tmp_path / "mynet.py").write_text(
        "from aefusion.network import Graph\n\n\ndef tiny():\n    graph = Graph()\n"
        "    x = graph.conv(graph.input(6), 'first', 4, 3, bias=True, relu=True)\n"
        "    graph.output(graph.conv(x, 'last', 1, 1, bias=True))\n    return graph\n"
    )
    place = f"{tmp_path / 'mynet.py'}:tiny"
    rows = {row["key"]["network"]: row["facts"] for row in bench_complexity([place]).rows}
    assert rows["tiny"]["parameters"] == 4 * (6 * 9 + 1) + 5 and rows["tiny"]["deployed"] == 2 * 9 * 4 + 4
    with pytest.raises(SystemExit) as done:
        main(["models", place, "-o", str(tmp_path / "tiny.svg")])
    assert not done.value.code and "first: 3x3" in (tmp_path / "tiny.svg").read_text()
