"""The tables of `bench_quality` as files for papers: CSV, and LaTeX with the best in bold."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.bench.tables import text
from aefusion.files import make_folder, write_whole
from aefusion.quality.own_metric import metric_of

Row = Mapping[str, Any]


def write_tables(content: Mapping[str, Any], folder: Path) -> list[Path]:
    """For each task ``quality-TASK.csv`` and ``quality-TASK.tex``, and ``quality-values.csv`` with every value.

    The folder is made. Means with standard deviations (n - 1) over the pairs, best mean rank first.
    """
    make_folder(folder)
    files = {"quality-values.csv": every_value(content)}
    for task in dict.fromkeys(row["key"]["task"] for row in content["rows"]):
        rows = [row for row in content["rows"] if row["key"]["task"] == task and row["samples"]]
        if rows:
            rows.sort(key=lambda row: row["facts"]["mean rank"])
            metrics = content["settings"]["metrics"]
            files |= {f"quality-{task}.csv": of_task(rows, metrics), f"quality-{task}.tex": latex(rows, metrics, task)}
    for name, content_of in files.items():
        write_whole(folder / name, content_of.encode())
    return [folder / name for name in files]


def mean_and_deviation(row: Row, metric: str) -> tuple[float, float]:
    """Of one metric over the pairs; NaN where there is none, or of one pair no deviation."""
    values = [value for sample in row["samples"].values() if (value := sample.get(metric)) is not None]
    array = np.array(values, np.float64)
    deviation = float(array.std(ddof=1)) if array.size > 1 else math.nan
    return (float(array.mean()) if array.size else math.nan), deviation


def of_task(rows: Sequence[Row], metrics: Sequence[str]) -> str:
    """A row for each method: its place, and the mean and the standard deviation of each metric."""
    heads = [head for metric in metrics for head in (metric, f"{metric} std")]
    lines: list[Sequence[Any]] = [["method", "place", "mean rank", "pairs", *heads]]
    for row in rows:
        facts = row["facts"]
        cells = [_number(value) for metric in metrics for value in mean_and_deviation(row, metric)]
        lines.append([row["key"]["method"], facts["place"], facts["mean rank"], facts["pairs"], *cells])
    return _csv(lines)


def every_value(content: Mapping[str, Any]) -> str:
    """A row for each method and pair, a column for each metric; empty where one is not defined or not finite."""
    metrics = content["settings"]["metrics"]
    lines: list[Sequence[Any]] = [["task", "method", "pair", *metrics]]
    for row in content["rows"]:
        for pair, sample in row["samples"].items():
            values = ["" if sample.get(metric) is None else sample[metric] for metric in metrics]
            lines.append([row["key"]["task"], row["key"]["method"], pair, *values])
    return _csv(lines)


def latex(rows: Sequence[Row], metrics: Sequence[str], task: str) -> str:
    """A table for LaTeX, with the package booktabs: mean and standard deviation.

    The best of a column is bold, the second best underlined, as they are printed.
    """
    columns = []
    for metric in metrics:
        better = metric_of(metric).higher_is_better
        pairs = [mean_and_deviation(row, metric) for row in rows]
        shown = [text(mean) if math.isfinite(mean) else "--" for mean, _ in pairs]
        known = {float(cell.replace(",", "")) for cell in shown if cell != "--"}
        best = sorted(known, reverse=better)[:2]
        marks = {best[i]: command for i, command in enumerate((r"\textbf", r"\underline")) if i < len(best)}
        cells = []
        for cell, (_, deviation) in zip(shown, pairs, strict=True):
            mark = marks.get(float(cell.replace(",", ""))) if cell != "--" else None
            cell = f"{mark}{{{cell}}}" if mark else cell
            spread = rf" {{\footnotesize $\pm$ {text(deviation)}}}" if math.isfinite(deviation) else ""
            cells.append(f"{cell}{spread}")
        columns.append((_tex(metric) + (r" $\uparrow$" if better else r" $\downarrow$"), cells))
    heads = " & ".join(["method", *(head for head, _ in columns)])
    lines = [
        " & ".join([_tex(row["key"]["method"]), *(cells[i] for _, cells in columns)]) + r" \\"
        for i, row in enumerate(rows)
    ]
    count = max(len(row["samples"]) for row in rows)
    return "\n".join([
        rf"% {task}: mean and standard deviation over {count} pairs; made by aefusion bench quality",
        rf"\begin{{tabular}}{{l{'c' * len(columns)}}}", r"\toprule", heads + r" \\", r"\midrule", *lines,
        r"\bottomrule", r"\end{tabular}", "",
    ])  # fmt: skip


def _tex(word: str) -> str:
    for character in "\\&%$#_{}":
        word = word.replace(character, f"\\{character}" if character != "\\" else "/")
    return word


def _csv(lines: Sequence[Sequence[Any]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(lines)
    return file.getvalue()


def _number(value: float) -> str | float:
    return float(f"{value:.6g}") if math.isfinite(value) else ""
