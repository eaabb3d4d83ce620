"""Charts of the results: radar and bars for figure 6, bubbles for figure 10. Needs matplotlib, the extra lab."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.bench.results import summary
from aefusion.bench.variants import COLUMNS
from aefusion.files import write_whole
from aefusion.quality.own_metric import metric_of

COLOURS = {"network": "#c8442b", "pictures": "#2f6db5", "method": "#9aa4ae"}
COLOURS_OF_MANY = (
    "#c8442b", "#e08a2e", "#8a3ab0", "#2f6db5", "#d1478c", "#1d7f8a", "#7c5a3a", "#5b6bd0", "#606c2a", "#2a9d4b",
    "#4a4e54",
)  # fmt: skip
BEST = 3
"""Methods of the library in a radar chart: the best so many, beside all networks and all pictures of others."""


def charts(content: dict[str, Any]) -> dict[str, bytes]:
    """The charts of a suite as SVG, by name; none for suites that have no charts."""
    if content["suite"] == "variants":
        return {"variants": bubbles(content)}
    if content["suite"] != "quality":
        return {}
    tasks = dict.fromkeys(row["key"]["task"] for row in content["rows"])
    metrics, found = content["settings"]["metrics"], {}
    for task in tasks:
        rows = [row for row in content["rows"] if row["key"]["task"] == task and row["samples"]]
        if rows:
            rows.sort(key=lambda row: row["facts"]["mean rank"])
            found |= {
                f"quality-{task}-radar": radar(rows, metrics, task),
                f"quality-{task}-bars": bars(rows, metrics, task),
            }
    if len(tasks) > 1 and (rows := over_tasks(content["rows"], metrics)):
        title = f"mean over {len(tasks)} tasks"
        found |= {"quality-mean-radar": radar(rows, metrics, title), "quality-mean-bars": bars(rows, metrics, title)}
    return found


def over_tasks(rows: Sequence[dict[str, Any]], metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Figure 6: for each method that was measured on every task a row with the mean over the tasks.

    Each task has the same weight; the quartiles are those of the tasks' means. Best mean rank first.
    """
    tasks = dict.fromkeys(row["key"]["task"] for row in rows)
    of_method: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["samples"]:
            of_method.setdefault(row["key"]["method"], []).append(row)
    found = []
    for name, own in of_method.items():
        if len(own) == len(tasks):
            measured = {m: summary(v for row in own if (v := row["measured"][m]["mean"]) is not None) for m in metrics}
            mean = float(np.mean([row["facts"]["mean rank"] for row in own]))
            facts = {"kind": own[0]["facts"]["kind"], "mean rank": mean}
            found.append({"key": {"method": name, "task": "mean"}, "facts": facts, "measured": measured})
    return sorted(found, key=lambda row: row["facts"]["mean rank"])


def write_charts(content: dict[str, Any], folder: Path) -> list[Path]:
    """The charts of a suite as SVG files in a folder, which is made."""
    drawn = charts(content)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.svg" for name in drawn]
    for path, data in zip(paths, drawn.values(), strict=True):
        write_whole(path, data)
    return paths


def radar(rows: Sequence[dict[str, Any]], metrics: Sequence[str], task: str) -> bytes:
    """The indices of networks, others' pictures and the best of the library: 1 for the best of all, 0 for the worst."""
    shown = [row for row in rows if row["facts"]["kind"] != "method"]
    shown += [row for row in rows if row["facts"]["kind"] == "method"][:BEST]
    figure = new_figure(8, 6)
    axes: Any = figure.add_subplot(projection="polar")
    angles = np.linspace(0, 2 * np.pi, len(metrics), endpoint=False)
    scaled = {name: column(rows, name) for name in metrics}
    lines = iter(["#7a8490", "#a8863c", "#4f8f6a"])
    vivid = iter([*COLOURS_OF_MANY] * 9)
    for row in shown:
        values = [scaled[name][rows.index(row)] for name in metrics]
        own = row["facts"]["kind"] != "method"
        axes.plot(
            [*angles, angles[0]], [*values, values[0]], lw=2 if own else 1.2, ls="-" if own else "--",
            color=next(vivid) if own else next(lines),
            label=f"{row['key']['method']} ({row['facts']['mean rank']:.1f})",
        )  # fmt: skip
    axes.set_xticks(angles, metrics)
    axes.set_yticks([0.25, 0.5, 0.75, 1], [])
    axes.set_ylim(0, 1.02)
    axes.set_title(f"{task}: 1 is the best of {len(rows)}, 0 the worst (dashed: best of the library)", fontsize=10)
    axes.legend(loc="center left", bbox_to_anchor=(1.12, 0.5), frameon=False, title="mean rank", fontsize=9)
    return to_svg(figure)


def column(rows: Sequence[dict[str, Any]], metric: str) -> np.ndarray:
    """One index of all rows, 0 for the worst to 1 for the best."""
    values = np.array([row["measured"][metric]["mean"] for row in rows], float)
    values = values if metric_of(metric).higher_is_better else -values
    least, largest = np.nanmin(values), np.nanmax(values)
    return (values - least) / (largest - least) if largest > least else np.ones_like(values)


def bars(rows: Sequence[dict[str, Any]], metrics: Sequence[str], task: str) -> bytes:
    """A panel an index: the mean of each method and its quartiles, best on top."""
    columns = 3
    lines = -(-len(metrics) // columns)
    figure = new_figure(4 * columns, (0.17 * len(rows) + 0.7) * lines + 0.5)
    from matplotlib.patches import Patch

    for number, metric in enumerate(metrics, 1):
        axes = figure.add_subplot(lines, columns, number)
        sign = 1 if metric_of(metric).higher_is_better else -1
        order = sorted((row for row in rows if row["measured"][metric]["count"]),
                       key=lambda row: sign * row["measured"][metric]["mean"])  # fmt: skip
        measured = [row["measured"][metric] for row in order]
        places = np.arange(len(order))
        axes.barh(places, [m["mean"] for m in measured], color=[COLOURS[row["facts"]["kind"]] for row in order])
        axes.hlines(places, [m["low"] for m in measured], [m["high"] for m in measured], color="#30363c", lw=0.8)
        axes.set_yticks(places, [row["key"]["method"] for row in order], fontsize=7)
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.tick_params("x", labelsize=7)
        axes.set_title(f"{metric}, {'higher' if sign > 0 else 'lower'} is better", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
    kinds = {"network": "network", "pictures": "fused by others", "method": "library"}
    here = [kind for kind in kinds if any(row["facts"]["kind"] == kind for row in rows)]
    figure.suptitle(f"{task}: mean of each index, line: quartiles", fontsize=11)
    figure.legend(handles=[Patch(color=COLOURS[kind], label=kinds[kind]) for kind in here], ncols=3, frameon=False,
                  loc="lower center", fontsize=9)  # fmt: skip
    figure.tight_layout(rect=(0, 0.03, 1, 0.99))
    return to_svg(figure)


def bubbles(content: dict[str, Any]) -> bytes:
    """Figure 10: quality across, time upwards, the area of a circle is the model's size; ours and the paper's."""
    ours, printed = [], []
    for row in content["rows"]:
        facts, paper = row["facts"], row["paper"]
        name = facts.get("title", "").removeprefix("R = ")
        if "means" in facts and row["measured"]:
            size = facts["size (bytes)"] / 1e6
            ours.append((name, facts["means"][COLUMNS["Combined"]], row["measured"]["time"]["median"] * 1e3, size))
        if paper and "task" not in row["key"]:
            printed.append((name, *(float(paper[head]) for head in ("Combined", "Time(ms)", "Size(M)"))))
    figure = new_figure(12, 4.5)
    from matplotlib.lines import Line2D

    names = list(dict.fromkeys(point[0] for point in (*printed, *ours)))
    colours = dict(zip(names, [*COLOURS_OF_MANY] * 9, strict=False))
    panels = ((ours, "here: E_2 with BRENNER; circle: weights"), (printed, "in the paper; circle: checkpoint"))
    for number, (points, title) in enumerate(panels, 1):
        axes = figure.add_subplot(1, 2, number)
        for name, quality, time, size in sorted(points, key=lambda point: -point[3]):
            axes.scatter(quality, time, s=2500 * size, color=colours[name], alpha=0.6, linewidths=0)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("Combined (higher is better)")
        axes.set_ylabel("time a pair of 400 x 400, ms")
        axes.margins(0.2, 0.25)
        if points and max(point[2] for point in points) > 5 * min(point[2] for point in points):
            axes.set_yscale("log")
        axes.grid(alpha=0.3)
    figure.tight_layout(rect=(0, 0, 0.84, 1))
    marks = [Line2D([], [], color=colour, marker="o", lw=0, ms=8, alpha=0.6, label=n) for n, colour in colours.items()]
    figure.legend(handles=marks, loc="center right", frameon=False, fontsize=9)
    return to_svg(figure)


def new_figure(width: float, height: float):
    """An empty figure, inches; ValueError where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ValueError("charts need matplotlib: pip install 'aefusion[lab]'") from None
    return Figure(figsize=(width, height))


def to_svg(figure) -> bytes:
    """The figure as SVG; the same each time."""
    import matplotlib

    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "aefusion", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(file, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return file.getvalue()
